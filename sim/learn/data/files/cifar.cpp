#include "sim/learn/data/files/cifar.hpp"

#include <fmt/format.h>

#include "sim/core/error.hpp"
#include "sim/learn/data/formats/images_raw.hpp"
#include "sim/learn/data/formats/pickle.hpp"

namespace gradwire::learn {
namespace {

constexpr std::int64_t image_bytes = 3 * 32 * 32;

[[noreturn]] void fail(const std::filesystem::path& file, const std::string& message) {
  throw InputError(file.string(), message);
}

/// The value of a key of a batch.
const PickleValue& entry(const std::filesystem::path& file, const PickleValue& batch,
                         const std::string& key, PickleValue::Kind kind) {
  for (std::size_t i = 0; i + 1 < batch.items.size(); i += 2) {
    if (batch.items[i]->text == key && batch.items[i + 1]->kind == kind) return *batch.items[i + 1];
  }
  fail(file, fmt::format("expected a batch of CIFAR, a dictionary with {}", key));
}

void append_batch(const std::filesystem::path& file, const CifarFormat& format,
                  LabelledImages& images) {
  const PickleValue::Pointer batch = read_pickle(file);
  const PickleValue& data = entry(file, *batch, "data", PickleValue::Kind::array);
  const PickleValue& labels = entry(
      file, *batch, format.label_bytes == 2 ? "fine_labels" : "labels", PickleValue::Kind::list);
  const auto count = static_cast<std::int64_t>(labels.items.size());
  if (count == 0 || data.shape != std::vector<std::int64_t>{count, image_bytes}) {
    fail(file, fmt::format("expected data of {} x {} bytes, an image per label, found {}", count,
                           image_bytes, shown(data.shape)));
  }
  for (const PickleValue::Pointer& label : labels.items) {
    const bool is_class = label->kind == PickleValue::Kind::number && label->number >= 0 &&
                          label->number < format.classes;
    if (!is_class) fail(file, fmt::format("expected labels from 0 to {}", format.classes - 1));
    images.labels.push_back(static_cast<Label>(label->number));
  }
  images.pixels.insert(images.pixels.end(), data.text.begin(), data.text.end());
}

}  // namespace

LabelledImages read_cifar_python(std::span<const std::filesystem::path> files,
                                 const CifarFormat& format) {
  LabelledImages images{
      .count = 0, .channels = 3, .rows = 32, .columns = 32, .pixels = {}, .labels = {}};
  for (const std::filesystem::path& file : files) append_batch(file, format, images);
  images.count = static_cast<std::int64_t>(images.labels.size());
  return images;
}

LabelledImages read_cifar(std::span<const std::filesystem::path> files, const CifarFormat& format) {
  RecordFormat record{.pixel_bytes = image_bytes, .label_bytes = format.label_bytes, .classes = {}};
  if (format.label_bytes == 2) record.classes.push_back(format.coarse_classes);
  record.classes.push_back(format.classes);
  Records records = read_records(files, record);
  const auto count = static_cast<std::int64_t>(records.labels.size());
  return {.count = count,
          .channels = 3,
          .rows = 32,
          .columns = 32,
          .pixels = std::move(records.pixels),
          .labels = {records.labels.begin(), records.labels.end()}};
}

}  // namespace gradwire::learn
