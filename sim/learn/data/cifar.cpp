#include "sim/learn/data/cifar.hpp"

#include "sim/learn/data/formats/images_raw.hpp"

namespace gradwire::learn {

LabelledImages read_cifar(std::span<const std::filesystem::path> files, const CifarFormat& format) {
  RecordFormat record{.pixel_bytes = 3 * 32 * 32, .label_bytes = format.label_bytes, .classes = {}};
  if (format.label_bytes == 2) record.classes.push_back(format.coarse_classes);
  record.classes.push_back(format.classes);
  Records records = read_records(files, record);
  const auto count = static_cast<std::int64_t>(records.labels.size());
  return {.count = count,
          .channels = 3,
          .rows = 32,
          .columns = 32,
          .pixels = std::move(records.pixels),
          .labels = std::move(records.labels)};
}

}  // namespace gradwire::learn
