#pragma once

#include <cereal/archives/binary.hpp>
#include <cereal/types/deque.hpp>
#include <cereal/types/memory.hpp>
#include <cereal/types/optional.hpp>
#include <cereal/types/variant.hpp>
#include <cereal/types/vector.hpp>

#include "sim/core/archive_types.hpp"

/// Saving and loading state, for checkpoints: `archive(part, part, …)` with cereal's binary
/// archives, in native byte order. A type that can be saved has a template `serialize(archive)` or
/// `save` and `load`. A model version with several owners is saved once, and shared again after
/// loading.
