#pragma once

#include <cereal/archives/binary.hpp>
#include <cereal/types/deque.hpp>
#include <cereal/types/memory.hpp>
#include <cereal/types/variant.hpp>
#include <cereal/types/vector.hpp>

/// Saving and loading state, for checkpoints: `archive(part, part, …)` with cereal's binary
/// archives, in the machine's own byte order. What can be saved has a template
/// `serialize(archive)`. Model versions that several remember are saved once and shared again.
namespace gradwire {

using SavingArchive = cereal::BinaryOutputArchive;
using LoadingArchive = cereal::BinaryInputArchive;

}  // namespace gradwire
