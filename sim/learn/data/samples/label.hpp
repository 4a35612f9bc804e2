#pragma once

#include <cstdint>

namespace gradwire::learn {

/// The class of a sample, from 0.
using Label = std::int32_t;

}  // namespace gradwire::learn
