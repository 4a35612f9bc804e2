#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/learn/data/dataset.hpp"
#include "sim/learn/data/formats/table.hpp"
#include "sim/learn/data/samples/label.hpp"

namespace gradwire::learn {

/// The labels of two tables as classes: the distinct numbers or texts of both together, in
/// ascending order, are the classes from 0.
struct FileLabels {
  std::vector<Label> train;
  std::vector<Label> test;
  std::int64_t classes = 0;
  /// [classes] the number of each class; empty if it is the class's own.
  std::vector<double> values;
  std::vector<std::string> names;  ///< [classes] if the labels are text, else empty

  /// A sentence on labels that are not the numbers 0 to k - 1; else none.
  [[nodiscard]] std::vector<std::string> remarks() const;
};

/// `test` may be empty. Throws InputError if the labels of one are numbers and those of the other
/// text.
[[nodiscard]] FileLabels class_labels(const Table& train, const Table& test);

/// Throws InputError if a test sample of a dataset "file" has a label that no training sample has.
void require_trained_labels(const Dataset& data);

}  // namespace gradwire::learn
