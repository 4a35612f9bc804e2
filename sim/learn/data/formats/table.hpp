#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "sim/kernels/vector.hpp"
#include "sim/learn/data/samples/sparse_rows.hpp"
#include "sim/learn/shape.hpp"

namespace gradwire::learn {

/// Values of n samples of d numbers each: [n, d].
using TableValues = std::variant<std::vector<std::uint8_t>, Vector, SparseRows>;

/// Samples and labels as a file holds them.
struct Table {
  Shape shape;  ///< of a sample
  TableValues values;
  std::vector<double> labels;  ///< [n]
  /// Where labels are text: the distinct ones, sorted; labels[i] is an index into them.
  std::vector<std::string> label_names;
};

}  // namespace gradwire::learn
