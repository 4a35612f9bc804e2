#include "sim/learn/data/formats/idx.hpp"

#include <fmt/format.h>

#include <array>
#include <limits>

#include "sim/core/error.hpp"
#include "sim/learn/data/files/byte_source.hpp"
#include "sim/learn/data/formats/array.hpp"

namespace gradwire::learn {
namespace {

constexpr std::uint32_t images_magic = 0x00000803;  // unsigned bytes, 3 dimensions
constexpr std::uint32_t labels_magic = 0x00000801;  // unsigned bytes, 1 dimension
constexpr std::uint64_t largest_payload = std::uint64_t{1} << 31U;
constexpr std::uint64_t too_many = std::numeric_limits<std::uint64_t>::max();

std::uint32_t read_big_endian(ByteSource& in, const std::string& what) {
  std::array<std::uint8_t, 4> b{};
  in.read(b, what);
  return std::uint32_t{b[0]} << 24U | std::uint32_t{b[1]} << 16U | std::uint32_t{b[2]} << 8U | b[3];
}

std::string meaning(std::uint32_t magic) {
  if (magic == images_magic) return " (images)";
  if (magic == labels_magic) return " (labels)";
  return "";
}

void expect_magic(ByteSource& in, std::uint32_t expected) {
  const std::uint32_t found = read_big_endian(in, "magic number");
  if (found == expected) return;
  in.fail(0, fmt::format("expected the magic number {:#010x}{}, found {:#010x}{}", expected,
                         meaning(expected), found, meaning(found)));
}

/// Throws for impossible sizes and for sizes that exceed the file.
void expect_payload(const ByteSource& in, std::uint64_t bytes, const std::string& dimensions) {
  if (bytes == 0 || bytes > largest_payload) {
    const std::string size = bytes == too_many ? "too many" : std::to_string(bytes);
    in.fail(4, fmt::format("dimensions {} make {} bytes, expected 1 to {}", dimensions, size,
                           largest_payload));
  }
  const auto present = in.remaining();
  if (present && *present < bytes) {
    in.fail(in.offset() + *present,
            fmt::format("the file ends here, expected {} bytes of data from byte {} (dimensions "
                        "{})",
                        bytes, in.offset(), dimensions));
  }
}

LabelledImages read_images(ByteSource in) {
  expect_magic(in, images_magic);
  LabelledImages result;
  const std::uint64_t count = read_big_endian(in, "dimensions");
  const std::uint64_t rows = read_big_endian(in, "dimensions");
  const std::uint64_t columns = read_big_endian(in, "dimensions");
  const std::uint64_t image = rows * columns;  // below 2^64
  const bool fits = image <= largest_payload;  // then image * count is below 2^64, too
  const std::uint64_t bytes = fits ? image * count : too_many;
  expect_payload(in, bytes, fmt::format("{} x {} x {}", count, rows, columns));

  result.count = static_cast<std::int64_t>(count);
  result.rows = static_cast<std::int64_t>(rows);
  result.columns = static_cast<std::int64_t>(columns);
  result.pixels = in.read(bytes, "pixels");
  in.expect_end();
  return result;
}

std::vector<Label> read_labels(ByteSource in, int classes) {
  constexpr std::uint64_t header = 8;
  expect_magic(in, labels_magic);
  const std::uint64_t count = read_big_endian(in, "dimensions");
  expect_payload(in, count, std::to_string(count));
  const std::vector<std::uint8_t> labels = in.read(count, "labels");
  in.expect_end();
  for (std::uint64_t i = 0; i < count; ++i) {
    if (labels[i] >= classes) {
      in.fail(header + i, fmt::format("expected a label from 0 to {}, found {}", classes - 1,
                                      static_cast<int>(labels[i])));
    }
  }
  return {labels.begin(), labels.end()};
}

/// The type of code `code`, the third byte of the magic number.
ElementType type_of(const ByteSource& in, std::uint8_t code) {
  using Kind = ElementType::Kind;
  switch (code) {
    case 0x08:
      return {Kind::unsigned_integer, 1, true};
    case 0x09:
      return {Kind::signed_integer, 1, true};
    case 0x0b:
      return {Kind::signed_integer, 2, true};
    case 0x0c:
      return {Kind::signed_integer, 4, true};
    case 0x0d:
      return {Kind::floating, 4, true};
    case 0x0e:
      return {Kind::floating, 8, true};
    default:
      in.fail(2,
              fmt::format("expected the type code 8, 9, 11, 12, 13 or 14 of IDX, found {}", code));
  }
}

constexpr std::uint64_t dimensions_offset = 4;

/// The header of a file of any type: two zero bytes, type code, number of dimensions, dimensions.
ArrayHeader read_header(ByteSource& in) {
  const std::uint32_t magic = read_big_endian(in, "magic number");
  if (magic >> 16U != 0) {
    in.fail(0,
            fmt::format("expected the two zero bytes of an IDX file, found {:#06x}", magic >> 16U));
  }
  ArrayHeader header{.type = type_of(in, static_cast<std::uint8_t>(magic >> 8U)), .shape = {}};
  for (std::uint32_t i = 0; i < (magic & 0xffU); ++i) {
    header.shape.push_back(read_big_endian(in, "dimensions"));
  }
  expect_entries(in, header, dimensions_offset);
  return header;
}

}  // namespace

Table read_idx_pair(const std::filesystem::path& samples, const std::filesystem::path& labels) {
  ByteSource x(samples);
  NumericArray array = read_values(x, read_header(x));
  x.expect_end();
  ByteSource y(labels);
  const ArrayHeader header = read_header(y);
  std::vector<double> numbers = read_label_values(y, header, dimensions_offset);
  y.expect_end();
  return table_of(std::move(array), std::move(numbers), y.name(), x.name());
}

void check_idx(const std::filesystem::path& file) {
  ByteSource in(file);
  static_cast<void>(read_header(in));
}

LabelledImages read_idx(const std::filesystem::path& images, const std::filesystem::path& labels,
                        int classes) {
  LabelledImages result = read_images(ByteSource(images));
  result.labels = read_labels(ByteSource(labels), classes);
  const auto found = static_cast<std::int64_t>(result.labels.size());
  if (found != result.count) {
    throw InputError(labels.string(),
                     fmt::format("byte 4: expected {} labels, as many as images in {}, found {}",
                                 result.count, images.string(), found));
  }
  return result;
}

}  // namespace gradwire::learn
