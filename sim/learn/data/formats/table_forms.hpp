#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/learn/data/formats/table.hpp"

namespace gradwire::learn {

/// The same values as floats, [n, dimension].
[[nodiscard]] Vector as_dense(const SparseRows& sparse);

/// Sparse rows or floats, whichever takes less memory.
[[nodiscard]] TableValues smaller_form(SparseRows sparse);

/// The alternatives of TableValues.
enum class TableForm { bytes, floats, sparse };

/// The form that holds the values of several tables of samples of this shape in the least memory:
/// bytes where all are whole numbers from 0 to 255, else floats; or sparse rows, if
/// `sparse_allowed`. Depends on the values alone, not on the form that they have.
[[nodiscard]] TableForm smallest_form(std::span<const TableValues* const> tables,
                                      std::int64_t dimension, bool sparse_allowed);

/// The same values in this form. Precondition of bytes: all are whole numbers from 0 to 255.
[[nodiscard]] TableValues in_form(TableValues values, TableForm form, std::int64_t dimension);

/// The rows at these indices.
[[nodiscard]] TableValues rows_at(const TableValues& values, std::int64_t dimension,
                                  std::span<const std::uint32_t> indices);

}  // namespace gradwire::learn
