#pragma once

#include <cstdint>
#include <vector>

#include "sim/learn/data/samples/label.hpp"

namespace gradwire::learn {

/// Images and their class labels, as stored in files.
struct LabelledImages {
  std::int64_t count = 0;
  std::int64_t channels = 1;
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::vector<std::uint8_t> pixels;  ///< [count, channels, rows, columns]
  std::vector<Label> labels;         ///< [count]
};

}  // namespace gradwire::learn
