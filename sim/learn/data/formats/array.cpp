#include "sim/learn/data/formats/array.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <span>

#include "sim/core/error.hpp"

namespace gradwire::learn {
namespace {

constexpr std::uint64_t most_samples = std::numeric_limits<std::uint32_t>::max();
constexpr std::size_t block_elements = std::size_t{1} << 16U;

template <class T>
T load(const std::uint8_t* at, bool big_endian) {
  std::array<std::uint8_t, sizeof(T)> bytes;
  std::copy_n(at, sizeof(T), bytes.begin());
  if (big_endian != (std::endian::native == std::endian::big)) std::ranges::reverse(bytes);
  return std::bit_cast<T>(bytes);
}

template <class T8, class T16, class T32, class T64>
double load_integer(const ElementType& type, const std::uint8_t* at) {
  switch (type.bytes) {
    case 1:
      return load<T8>(at, false);
    case 2:
      return load<T16>(at, type.big_endian);
    case 4:
      return load<T32>(at, type.big_endian);
    default:
      return static_cast<double>(load<T64>(at, type.big_endian));
  }
}

double load_number(const ElementType& type, const std::uint8_t* at) {
  switch (type.kind) {
    case ElementType::Kind::boolean:
      return *at == 0 ? 0.0 : 1.0;
    case ElementType::Kind::unsigned_integer:
      return load_integer<std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t>(type, at);
    case ElementType::Kind::signed_integer:
      return load_integer<std::int8_t, std::int16_t, std::int32_t, std::int64_t>(type, at);
    default:
      return type.bytes == 4 ? load<float>(at, type.big_endian) : load<double>(at, type.big_endian);
  }
}

std::uint64_t entries_of(const ArrayHeader& header) {
  std::uint64_t entries = 1;
  for (const std::int64_t extent : header.shape) entries *= static_cast<std::uint64_t>(extent);
  return entries;
}

/// "[2, 0, 5]": the indices of the entry at this position in the file.
std::string entry_name(const ArrayHeader& header, std::uint64_t position) {
  std::vector<std::uint64_t> index(header.shape.size());
  for (std::size_t i = 0; i < index.size(); ++i) {
    const std::size_t axis = header.column_major ? i : index.size() - 1 - i;
    const auto extent = static_cast<std::uint64_t>(header.shape[axis]);
    index[axis] = position % extent;
    position /= extent;
  }
  return fmt::format("[{}]", fmt::join(index, ", "));
}

/// Calls use(position, number) for each entry, in the order of the file.
template <class Use>
void for_each_number(ByteStream& in, const ArrayHeader& header, const Use& use) {
  const std::uint64_t entries = entries_of(header);
  const auto width = static_cast<std::size_t>(header.type.bytes);
  std::vector<std::uint8_t> block(std::min<std::uint64_t>(entries, block_elements) * width);
  for (std::uint64_t first = 0; first < entries; first += block_elements) {
    const std::uint64_t count = std::min<std::uint64_t>(entries - first, block_elements);
    in.read(std::span(block).first(count * width), "values");
    for (std::uint64_t i = 0; i < count; ++i) {
      use(first + i, load_number(header.type, block.data() + i * width));
    }
  }
}

[[noreturn]] void fail_at(const ByteStream& in, const ArrayHeader& header, std::uint64_t begin,
                          std::uint64_t position, double found, const std::string& expected) {
  in.fail(begin + position * static_cast<std::uint64_t>(header.type.bytes),
          fmt::format("expected {} as entry {}, found {}", expected, entry_name(header, position),
                      found));
}

Vector read_floats(ByteStream& in, const ArrayHeader& header) {
  const std::uint64_t begin = in.offset();
  Vector values;
  values.reserve(entries_of(header));
  for_each_number(in, header, [&](std::uint64_t position, double number) {
    if (!(std::abs(number) <= std::numeric_limits<float>::max())) {
      fail_at(in, header, begin, position, number, "a finite number of single precision");
    }
    values.push_back(static_cast<float>(number));
  });
  return values;
}

/// The values of a column-major array in row-major order.
template <class Values>
Values transposed(const Values& values, const std::vector<std::int64_t>& shape) {
  const std::size_t axes = shape.size();
  std::vector<std::size_t> stride(axes), index(axes);
  std::size_t step = 1;
  for (std::size_t axis = 0; axis < axes; ++axis) {
    stride[axis] = step;
    step *= static_cast<std::size_t>(shape[axis]);
  }
  Values result;
  result.reserve(values.size());
  std::size_t from = 0;
  while (result.size() < values.size()) {
    result.push_back(values[from]);
    for (std::size_t axis = axes; axis-- > 0;) {  // the next entry in row-major order
      from += stride[axis];
      if (++index[axis] < static_cast<std::size_t>(shape[axis])) break;
      from -= stride[axis] * index[axis];
      index[axis] = 0;
    }
  }
  return result;
}

}  // namespace

void expect_entries(const ByteStream& in, const ArrayHeader& header, std::uint64_t from) {
  // The bytes, in double: exact where they matter, and no shape overflows it.
  double bytes = header.type.bytes;
  for (const std::int64_t extent : header.shape) bytes *= static_cast<double>(extent);
  const bool fits = bytes <= static_cast<double>(in.at_most_remaining());
  if (header.shape.empty() || bytes <= 0 || !fits) {
    in.fail(from, fmt::format("expected an array of 1 to {} bytes, the most that can follow, found "
                              "the shape {} of {} bytes each",
                              in.at_most_remaining(), shown(header.shape), header.type.bytes));
  }
  if (static_cast<std::uint64_t>(header.shape.front()) > most_samples) {
    in.fail(from, fmt::format("expected at most {} samples, found {}", most_samples,
                              header.shape.front()));
  }
}

NumericArray read_values(ByteStream& in, const ArrayHeader& header) {
  NumericArray result{.shape = header.shape, .values = {}};
  if (header.type.is_byte()) {
    auto bytes = in.read(entries_of(header), "values");
    result.values = header.column_major ? transposed(bytes, header.shape) : std::move(bytes);
  } else {
    Vector floats = read_floats(in, header);
    result.values = header.column_major ? transposed(floats, header.shape) : std::move(floats);
  }
  return result;
}

std::vector<double> read_label_values(ByteStream& in, const ArrayHeader& header,
                                      std::uint64_t from) {
  const bool is_column = header.shape.size() == 2 && header.shape[1] == 1;
  if (header.shape.size() != 1 && !is_column) {
    in.fail(from,
            fmt::format("expected the shape n or n x 1 of labels, found {}", shown(header.shape)));
  }
  const bool whole = header.type.kind != ElementType::Kind::floating;
  const std::uint64_t begin = in.offset();
  std::vector<double> labels;
  labels.reserve(entries_of(header));
  for_each_number(in, header, [&](std::uint64_t position, double number) {
    constexpr double exact = 9007199254740992.0;  // 2^53
    if (!std::isfinite(number)) fail_at(in, header, begin, position, number, "a finite label");
    if (whole && std::abs(number) >= exact) {
      fail_at(in, header, begin, position, number, "a label below 2^53");
    }
    labels.push_back(number);
  });
  return labels;
}

Table table_of(NumericArray x, std::vector<double> labels, const std::string& labels_name,
               const std::string& samples_name) {
  const auto samples = static_cast<std::size_t>(x.shape.front());
  if (labels.size() != samples) {
    throw InputError(labels_name, fmt::format("expected {} labels, as many as samples in {}, found "
                                              "{}",
                                              samples, samples_name, labels.size()));
  }
  Table table{.shape = {x.shape.begin() + 1, x.shape.end()},
              .values = {},
              .labels = std::move(labels),
              .label_names = {}};
  if (table.shape.empty()) table.shape = {1};
  std::visit([&](auto& values) { table.values = std::move(values); }, x.values);
  return table;
}

}  // namespace gradwire::learn
