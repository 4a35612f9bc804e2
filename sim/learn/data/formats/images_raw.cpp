#include "sim/learn/data/formats/images_raw.hpp"

#include <fmt/format.h>

#include "sim/learn/data/files/byte_source.hpp"

namespace gradwire::learn {
namespace {

/// Reserves memory for the file's records; does nothing for gzip, whose size is unknown.
void reserve(const ByteSource& in, const RecordFormat& format, Records& records) {
  if (!in.remaining()) return;
  const std::uint64_t record_bytes =
      format.pixel_bytes + static_cast<std::uint64_t>(format.label_bytes);
  const std::uint64_t count = *in.remaining() / record_bytes;
  records.pixels.reserve(records.pixels.size() + count * format.pixel_bytes);
  records.labels.reserve(records.labels.size() + count);
}

void expect_labels(const ByteSource& in, std::uint64_t offset, std::span<const std::uint8_t> labels,
                   const std::vector<int>& classes) {
  for (std::size_t i = 0; i < classes.size(); ++i) {
    if (labels[i] < classes[i]) continue;
    in.fail(offset + i, fmt::format("expected a label from 0 to {}, found {}", classes[i] - 1,
                                    static_cast<int>(labels[i])));
  }
}

void append_pixels(ByteSource& in, std::uint64_t bytes, const std::string& what,
                   std::vector<std::uint8_t>& pixels) {
  if (bytes > in.at_most_remaining()) static_cast<void>(in.read(bytes, what));  // throws
  const std::size_t first = pixels.size();
  pixels.resize(first + bytes);
  in.read(std::span(pixels).subspan(first), what);
}

void append(const std::filesystem::path& file, const RecordFormat& format, Records& records) {
  ByteSource in(file);
  reserve(in, format, records);
  std::vector<std::uint8_t> labels(static_cast<std::size_t>(format.label_bytes));
  for (std::size_t record = 0;; ++record) {
    const std::string what = fmt::format("record {}", record);
    const std::uint64_t offset = in.offset();
    if (record == 0) {
      in.read(labels, what);
    } else if (!in.read_unless_ended(labels, what)) {
      return;
    }
    expect_labels(in, offset, labels, format.classes);
    append_pixels(in, format.pixel_bytes, what, records.pixels);
    records.labels.push_back(labels.back());
  }
}

}  // namespace

Records read_records(std::span<const std::filesystem::path> files, const RecordFormat& format) {
  Records records;
  for (const std::filesystem::path& file : files) append(file, format, records);
  return records;
}

Table read_images_raw(std::span<const std::filesystem::path> files,
                      const std::vector<std::int64_t>& shape, int label_bytes) {
  Records records =
      read_records(files, {.pixel_bytes = static_cast<std::uint64_t>(numbers_of(shape)),
                           .label_bytes = label_bytes,
                           .classes = {}});
  return {.shape = shape,
          .values = std::move(records.pixels),
          .labels = {records.labels.begin(), records.labels.end()},
          .label_names = {}};
}

}  // namespace gradwire::learn
