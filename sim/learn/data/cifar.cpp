#include "sim/learn/data/cifar.hpp"

#include <fmt/format.h>

#include <array>

#include "sim/core/error.hpp"
#include "sim/learn/data/byte_source.hpp"

namespace gradwire::learn {
namespace {

constexpr std::size_t image_bytes = 3 * 32 * 32;

void expect_label(const ByteSource& in, std::uint64_t offset, std::uint8_t label, int classes) {
  if (label < classes) return;
  in.fail(offset, fmt::format("expected a label from 0 to {}, found {}", classes - 1,
                              static_cast<int>(label)));
}

/// Reserves memory for the file's records; does nothing for gzip, whose size is unknown.
void reserve(const ByteSource& in, std::size_t record_bytes, LabelledImages& images) {
  if (!in.remaining()) return;
  const std::size_t records = *in.remaining() / record_bytes;
  images.pixels.reserve(images.pixels.size() + records * image_bytes);
  images.labels.reserve(images.labels.size() + records);
}

void append(const std::filesystem::path& file, const CifarFormat& format, LabelledImages& images) {
  ByteSource in(file);
  const auto label_bytes = static_cast<std::size_t>(format.label_bytes);
  reserve(in, label_bytes + image_bytes, images);
  std::array<std::uint8_t, 2> labels{};
  for (std::size_t record = 0;; ++record) {
    const std::string what = fmt::format("record {}", record);
    const std::uint64_t offset = in.offset();
    const auto label_field = std::span(labels).first(label_bytes);
    if (record == 0) {
      in.read(label_field, what);
    } else if (!in.read_unless_ended(label_field, what)) {
      return;
    }
    if (label_bytes == 2) expect_label(in, offset, labels[0], format.coarse_classes);
    expect_label(in, offset + label_bytes - 1, labels[label_bytes - 1], format.classes);
    const std::size_t first = images.pixels.size();
    images.pixels.resize(first + image_bytes);
    in.read(std::span(images.pixels).subspan(first), what);
    images.labels.push_back(labels[label_bytes - 1]);
  }
}

}  // namespace

LabelledImages read_cifar(std::span<const std::filesystem::path> files, const CifarFormat& format) {
  LabelledImages images{
      .count = 0, .channels = 3, .rows = 32, .columns = 32, .pixels = {}, .labels = {}};
  for (const std::filesystem::path& file : files) append(file, format, images);
  images.count = static_cast<std::int64_t>(images.labels.size());
  return images;
}

}  // namespace gradwire::learn
