#include "sim/learn/data/idx.hpp"

#include <fmt/format.h>

#include <array>
#include <limits>

#include "sim/core/error.hpp"
#include "sim/learn/data/byte_source.hpp"

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

std::vector<std::uint8_t> read_labels(ByteSource in, int classes) {
  constexpr std::uint64_t header = 8;
  expect_magic(in, labels_magic);
  const std::uint64_t count = read_big_endian(in, "dimensions");
  expect_payload(in, count, std::to_string(count));
  std::vector<std::uint8_t> labels = in.read(count, "labels");
  in.expect_end();
  for (std::uint64_t i = 0; i < count; ++i) {
    if (labels[i] >= classes) {
      in.fail(header + i, fmt::format("expected a label from 0 to {}, found {}", classes - 1,
                                      static_cast<int>(labels[i])));
    }
  }
  return labels;
}

}  // namespace

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
