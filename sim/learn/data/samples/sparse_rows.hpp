#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace gradwire::learn {

/// A matrix of samples in compressed rows. Row i has the entries from ends[i - 1] (0 for the first
/// row) to ends[i]; its columns ascend.
struct SparseRows {
  std::int64_t dimension = 0;          ///< number of columns
  std::vector<std::uint64_t> ends;     ///< [n]
  std::vector<std::uint32_t> columns;  ///< [entries], each below `dimension`
  std::vector<float> values;           ///< [entries]

  struct Row {
    std::span<const std::uint32_t> columns;
    std::span<const float> values;
  };
  [[nodiscard]] std::size_t count() const { return ends.size(); }
  [[nodiscard]] Row row(std::size_t i) const {
    const std::size_t begin = i == 0 ? 0 : ends[i - 1];
    return {std::span(columns).subspan(begin, ends[i] - begin),
            std::span(values).subspan(begin, ends[i] - begin)};
  }
  /// Memory of the three arrays.
  [[nodiscard]] std::size_t bytes() const {
    return ends.size() * sizeof(ends[0]) + columns.size() * sizeof(columns[0]) +
           values.size() * sizeof(values[0]);
  }
};

}  // namespace gradwire::learn
