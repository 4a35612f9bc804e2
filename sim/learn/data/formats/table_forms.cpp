#include "sim/learn/data/formats/table_forms.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace gradwire::learn {
namespace {

using Bytes = std::vector<std::uint8_t>;

template <class Number>
bool is_byte(Number value) {
  return value >= 0 && value <= 255 && static_cast<float>(value) == std::floor(value);
}

/// Writes the rows into zeros, [n, dimension].
template <class Values>
Values dense_from(const SparseRows& sparse, Values zeros) {
  const auto width = static_cast<std::size_t>(sparse.dimension);
  for (std::size_t i = 0; i < sparse.count(); ++i) {
    const SparseRows::Row row = sparse.row(i);
    for (std::size_t j = 0; j < row.columns.size(); ++j) {
      zeros[i * width + row.columns[j]] = static_cast<typename Values::value_type>(row.values[j]);
    }
  }
  return zeros;
}

std::size_t numbers_in(const SparseRows& sparse) {
  return sparse.count() * static_cast<std::size_t>(sparse.dimension);
}

template <class Values>
SparseRows sparse_from(const Values& values, std::int64_t dimension) {
  SparseRows rows{.dimension = dimension, .ends = {}, .columns = {}, .values = {}};
  const auto width = static_cast<std::size_t>(dimension);
  for (std::size_t first = 0; first < values.size(); first += width) {
    for (std::size_t column = 0; column < width; ++column) {
      const auto value = static_cast<float>(values[first + column]);
      if (value == 0.0F) continue;
      rows.columns.push_back(static_cast<std::uint32_t>(column));
      rows.values.push_back(value);
    }
    rows.ends.push_back(rows.values.size());
  }
  return rows;
}

template <class To, class From>
To converted(const From& values) {
  To result;
  result.reserve(values.size());
  for (const auto value : values) result.push_back(static_cast<typename To::value_type>(value));
  return result;
}

/// What a form's size depends on.
struct Extent {
  double rows = 0;
  double not_zero = 0;
  bool all_bytes = true;

  template <class Values>
  void add(const Values& values, double row_count) {
    rows += row_count;
    not_zero +=
        static_cast<double>(values.size()) - static_cast<double>(std::ranges::count(values, 0));
    all_bytes = all_bytes && std::ranges::all_of(values, is_byte<typename Values::value_type>);
  }
};

template <class Values>
Values rows_of(const Values& values, std::size_t width, std::span<const std::uint32_t> indices) {
  Values rows;
  rows.reserve(indices.size() * width);
  for (const std::uint32_t i : indices) {
    const auto first = values.begin() + static_cast<std::ptrdiff_t>(i * width);
    rows.insert(rows.end(), first, first + static_cast<std::ptrdiff_t>(width));
  }
  return rows;
}

SparseRows rows_of(const SparseRows& sparse, std::span<const std::uint32_t> indices) {
  SparseRows rows{.dimension = sparse.dimension, .ends = {}, .columns = {}, .values = {}};
  for (const std::uint32_t i : indices) {
    const SparseRows::Row row = sparse.row(i);
    rows.columns.insert(rows.columns.end(), row.columns.begin(), row.columns.end());
    rows.values.insert(rows.values.end(), row.values.begin(), row.values.end());
    rows.ends.push_back(rows.values.size());
  }
  return rows;
}

TableValues as_bytes(TableValues values) {
  if (const auto* sparse = std::get_if<SparseRows>(&values)) {
    return dense_from(*sparse, Bytes(numbers_in(*sparse)));
  }
  if (const auto* floats = std::get_if<Vector>(&values)) return converted<Bytes>(*floats);
  return values;
}

TableValues as_floats(TableValues values) {
  if (const auto* sparse = std::get_if<SparseRows>(&values)) return as_dense(*sparse);
  if (const auto* bytes = std::get_if<Bytes>(&values)) return converted<Vector>(*bytes);
  return values;
}

TableValues as_sparse(TableValues values, std::int64_t dimension) {
  if (const auto* bytes = std::get_if<Bytes>(&values)) return sparse_from(*bytes, dimension);
  if (const auto* floats = std::get_if<Vector>(&values)) return sparse_from(*floats, dimension);
  return values;
}

}  // namespace

Vector as_dense(const SparseRows& sparse) {
  return dense_from(sparse, Vector(numbers_in(sparse), 0.0F));
}

TableValues smaller_form(SparseRows sparse) {
  // In double, which no dimension overflows.
  const double dense_bytes =
      static_cast<double>(sparse.count()) * static_cast<double>(sparse.dimension) * sizeof(float);
  if (static_cast<double>(sparse.bytes()) < dense_bytes) return sparse;
  return as_dense(sparse);
}

TableForm smallest_form(std::span<const TableValues* const> tables, std::int64_t dimension,
                        bool sparse_allowed) {
  const auto width = static_cast<double>(dimension);
  Extent extent;
  for (const TableValues* values : tables) {
    if (const auto* sparse = std::get_if<SparseRows>(values)) {
      extent.add(sparse->values, static_cast<double>(sparse->count()));
    } else if (const auto* bytes = std::get_if<Bytes>(values)) {
      extent.add(*bytes, static_cast<double>(bytes->size()) / width);
    } else {
      const Vector& floats = std::get<Vector>(*values);
      extent.add(floats, static_cast<double>(floats.size()) / width);
    }
  }
  constexpr double bytes_per_entry = sizeof(std::uint32_t) + sizeof(float);
  const double sparse_bytes =
      extent.not_zero * bytes_per_entry + extent.rows * sizeof(std::uint64_t);
  const double dense_bytes = extent.rows * width * (extent.all_bytes ? 1.0 : sizeof(float));
  if (sparse_allowed && sparse_bytes < dense_bytes) return TableForm::sparse;
  return extent.all_bytes ? TableForm::bytes : TableForm::floats;
}

TableValues in_form(TableValues values, TableForm form, std::int64_t dimension) {
  switch (form) {
    case TableForm::bytes:
      return as_bytes(std::move(values));
    case TableForm::floats:
      return as_floats(std::move(values));
    case TableForm::sparse:
      return as_sparse(std::move(values), dimension);
  }
  throw std::logic_error("no such form");
}

TableValues rows_at(const TableValues& values, std::int64_t dimension,
                    std::span<const std::uint32_t> indices) {
  const auto width = static_cast<std::size_t>(dimension);
  if (const auto* sparse = std::get_if<SparseRows>(&values)) return rows_of(*sparse, indices);
  if (const auto* bytes = std::get_if<Bytes>(&values)) return rows_of(*bytes, width, indices);
  return rows_of(std::get<Vector>(values), width, indices);
}

}  // namespace gradwire::learn
