#include "sim/learn/dataset.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/core/error.hpp"
#include "sim/core/random.hpp"
#include "sim/learn/data_paths.hpp"
#include "sim/learn/idx.hpp"

namespace gradwire::learn {
namespace {

constexpr std::array<ImageDatasetInfo, 2> known{{
    {"mnist", "handwritten digits, 28 x 28 grey (LeCun, Cortes, Burges 1998)", 10, 0.1307F, 0.3081F,
     60000, 10000},
    {"fashion-mnist", "articles of clothing, 28 x 28 grey (Xiao, Rasul, Vollgraf 2017)", 10,
     0.2860F, 0.3530F, 60000, 10000},
}};

/// In single precision and in this order, as torchvision's ToTensor and Normalize do it.
std::array<float, 256> normalisation(float mean, float deviation) {
  std::array<float, 256> table{};
  for (std::size_t v = 0; v < table.size(); ++v) {
    table[v] = (static_cast<float>(v) / 255.0F - mean) / deviation;
  }
  return table;
}

Dataset load_images(const ImageDatasetInfo& info,
                    const std::optional<std::filesystem::path>& data_dir) {
  const DatasetFiles files = find_dataset(info.name, data_dir);
  LabelledImages train = read_idx(files.train_images, files.train_labels, info.classes);
  LabelledImages test = read_idx(files.test_images, files.test_labels, info.classes);
  if (train.rows != test.rows || train.columns != test.columns) {
    throw InputError(
        files.test_images.string(),
        fmt::format("byte 8: expected images of {} x {}, as in {}, found {} x {}", train.rows,
                    train.columns, files.train_images.string(), test.rows, test.columns));
  }
  const std::int64_t dimension = train.rows * train.columns;
  const auto table = normalisation(info.mean, info.deviation);
  return {info.name,
          info.classes,
          {train.rows, train.columns},
          SampleSet(dimension, std::move(train.pixels), std::move(train.labels), table),
          SampleSet(dimension, std::move(test.pixels), std::move(test.labels), table)};
}

/// Class centres, [classes, dimension].
std::vector<double> draw_centres(const DatasetConfig& c, std::uint64_t seed) {
  std::vector<double> centres(static_cast<std::size_t>(c.classes * c.dimension));
  RandomStream random = stream(seed, "synthetic-centres");
  for (std::int64_t k = 0; k < c.classes; ++k) {
    const auto centre = std::span(centres).subspan(static_cast<std::size_t>(k * c.dimension),
                                                   static_cast<std::size_t>(c.dimension));
    double square = 0.0;
    for (double& x : centre) {
      x = random.normal();
      square += x * x;
    }
    for (double& x : centre) x *= c.separation / std::sqrt(square);
  }
  return centres;
}

SampleSet draw_samples(const DatasetConfig& c, std::int64_t count, std::span<const double> centres,
                       RandomStream random) {
  std::vector<std::uint8_t> labels(static_cast<std::size_t>(count));
  Vector values;
  values.reserve(static_cast<std::size_t>(count * c.dimension));
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t k = i % c.classes;
    labels[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(k);
    for (const double centre : centres.subspan(static_cast<std::size_t>(k * c.dimension),
                                               static_cast<std::size_t>(c.dimension))) {
      values.push_back(static_cast<float>(centre + random.normal()));
    }
  }
  return {c.dimension, std::move(values), std::move(labels)};
}

void check_range(const char* key, std::int64_t value, std::int64_t low, std::int64_t high) {
  if (value >= low && value <= high) return;
  throw InputError(fmt::format("/base/dataset/{}", key),
                   fmt::format("must be in [{}, {}], got {}", low, high, value));
}

Dataset make_synthetic(const DatasetConfig& c, std::uint64_t seed) {
  constexpr std::int64_t most_samples = 10'000'000;
  check_range("train_samples", c.train_samples, 1, most_samples);
  check_range("test_samples", c.test_samples, 1, most_samples);
  check_range("dimension", c.dimension, 1, 100'000);
  check_range("classes", c.classes, 2, 256);
  if (!(c.separation >= 0.0) || !std::isfinite(c.separation)) {
    throw InputError("/base/dataset/separation",
                     fmt::format("must be finite and not negative, got {}", c.separation));
  }
  const std::vector<double> centres = draw_centres(c, seed);
  return {c.name,
          c.classes,
          {c.dimension},
          draw_samples(c, c.train_samples, centres, stream(seed, "synthetic-train")),
          draw_samples(c, c.test_samples, centres, stream(seed, "synthetic-test"))};
}

}  // namespace

SampleSet::SampleSet(std::int64_t dimension, std::vector<std::uint8_t> pixels,
                     std::vector<std::uint8_t> labels, const std::array<float, 256>& table)
    : dimension_(dimension),
      table_(table),
      pixels_(std::make_shared<const std::vector<std::uint8_t>>(std::move(pixels))),
      labels_(std::make_shared<const std::vector<std::uint8_t>>(std::move(labels))) {}

SampleSet::SampleSet(std::int64_t dimension, Vector values, std::vector<std::uint8_t> labels)
    : dimension_(dimension),
      values_(std::make_shared<const Vector>(std::move(values))),
      labels_(std::make_shared<const std::vector<std::uint8_t>>(std::move(labels))) {}

void SampleSet::gather(std::span<const std::uint32_t> indices, std::span<float> samples,
                       std::span<std::uint8_t> labels) const {
  const auto n = static_cast<std::size_t>(dimension_);
  for (std::size_t i = 0; i < indices.size(); ++i) {
    const std::size_t first = indices[i] * n;
    float* out = samples.data() + i * n;
    if (pixels_) {
      const std::uint8_t* in = pixels_->data() + first;
      for (std::size_t j = 0; j < n; ++j) out[j] = table_[in[j]];
    } else {
      std::copy_n(values_->data() + first, n, out);
    }
    labels[i] = (*labels_)[indices[i]];
  }
}

std::span<const ImageDatasetInfo> image_datasets() { return known; }

const ImageDatasetInfo* find_image_dataset(const std::string& name) {
  for (const ImageDatasetInfo& info : known) {
    if (name == info.name) return &info;
  }
  return nullptr;
}

Dataset load_dataset(const DatasetConfig& config, std::uint64_t seed,
                     const std::optional<std::filesystem::path>& data_dir) {
  if (config.name == "synthetic") return make_synthetic(config, seed);
  if (const ImageDatasetInfo* info = find_image_dataset(config.name)) {
    return load_images(*info, data_dir);
  }
  throw InputError(
      "/base/dataset/name",
      fmt::format("expected mnist, fashion-mnist or synthetic, got \"{}\"", config.name));
}

}  // namespace gradwire::learn
