#pragma once

#include <cstdint>
#include <vector>

#include "sim/core/vector.hpp"

namespace gradwire::learn {

/// On large pages, for samples are drawn from anywhere. resize(n) leaves new ones uninitialised.
using Pixels = std::vector<std::uint8_t, AlignedAllocator<std::uint8_t>>;

/// Images and their classes, as a file holds them.
struct LabelledImages {
  std::int64_t count = 0;
  std::int64_t channels = 1;
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  Pixels pixels;                     ///< [count, channels, rows, columns]
  std::vector<std::uint8_t> labels;  ///< [count]
};

}  // namespace gradwire::learn
