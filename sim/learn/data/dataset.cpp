#include "sim/learn/data/dataset.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/core/error.hpp"
#include "sim/core/random.hpp"
#include "sim/core/stream_names.hpp"
#include "sim/learn/data/files/cifar.hpp"
#include "sim/learn/data/files/data_paths.hpp"
#include "sim/learn/data/files/file_dataset.hpp"
#include "sim/learn/data/formats/idx.hpp"
#include "sim/learn/data/samples/normalisation.hpp"

namespace gradwire::learn {
namespace {

const std::vector<ImageDatasetInfo>& known() {
  static const std::vector<ImageDatasetInfo> table{
      {"mnist",
       "handwritten digits, 28 x 28 grey (LeCun, Cortes, Burges 1998)",
       DatasetFormat::idx,
       10,
       {0.1307F},
       {0.3081F},
       {},
       60000,
       10000},
      {"fashion-mnist",
       "articles of clothing, 28 x 28 grey (Xiao, Rasul, Vollgraf 2017)",
       DatasetFormat::idx,
       10,
       {0.2860F},
       {0.3530F},
       {},
       60000,
       10000},
      {"cifar10",
       "photographs of 10 classes, 32 x 32 colour (Krizhevsky 2009)",
       DatasetFormat::cifar10,
       10,
       {0.4914F, 0.4822F, 0.4465F},
       {0.2023F, 0.1994F, 0.2010F},
       {.crop_padding = 4, .flip = true},
       50000,
       10000},
      // The deviations are a copy of the means, as in the SASG authors' program.
      {"cifar100",
       "photographs of 100 classes, 32 x 32 colour (Krizhevsky 2009)",
       DatasetFormat::cifar100,
       100,
       {0.5070751592371323F, 0.48654887331495095F, 0.4409178433670343F},
       {0.5070751592371323F, 0.48654887331495095F, 0.4409178433670343F},
       {.crop_padding = 4, .flip = true, .rotation_degrees = 15},
       50000,
       10000},
  };
  return table;
}

ImageSource source_of(const ImageDatasetInfo& info, const DatasetConfig& config) {
  ImageSource source{.name = info.name, .tables = {}, .augmentation = {}};
  for (std::size_t c = 0; c < info.mean.size(); ++c) {
    const Normalisation normalise{
        .scale = 255.0F, .mean = info.mean[c], .deviation = info.deviation[c]};
    source.tables.push_back(normalise.table());
  }
  if (config.augmentation == AugmentationKind::standard) source.augmentation = info.augmentation;
  return source;
}

struct RawDataset {
  LabelledImages train;
  LabelledImages test;
  DataIdentity identity;
};

RawDataset read_idx_dataset(const ImageDatasetInfo& info,
                            const std::optional<std::filesystem::path>& data_dir) {
  const DatasetFiles files = find_dataset(info.name, data_dir);
  RawDataset data{read_idx(files.train_images, files.train_labels, info.classes),
                  read_idx(files.test_images, files.test_labels, info.classes),
                  {}};
  if (data.train.rows != data.test.rows || data.train.columns != data.test.columns) {
    throw InputError(files.test_images.string(),
                     fmt::format("byte 8: expected images of {} x {}, as in {}, found {} x {}",
                                 data.train.rows, data.train.columns, files.train_images.string(),
                                 data.test.rows, data.test.columns));
  }
  return data;
}

RawDataset read_cifar_dataset(const ImageDatasetInfo& info,
                              const std::optional<std::filesystem::path>& data_dir) {
  const CifarFiles files = find_cifar(info.name, data_dir);
  const CifarFormat format{.label_bytes = info.format == DatasetFormat::cifar100 ? 2 : 1,
                           .classes = info.classes};
  const auto read = files.python ? read_cifar_python : read_cifar;
  return {read(files.train, format), read(std::span(&files.test, 1), format), {}};
}

std::vector<std::int64_t> shape_of(const LabelledImages& images) {
  if (images.channels == 1) return {images.rows, images.columns};
  return {images.channels, images.rows, images.columns};
}

RawDataset read_images(const ImageDatasetInfo& info,
                       const std::optional<std::filesystem::path>& data_dir) {
  RawDataset data = info.format == DatasetFormat::idx ? read_idx_dataset(info, data_dir)
                                                      : read_cifar_dataset(info, data_dir);
  data.identity = identify(shape_of(data.train), {data.train.pixels, data.train.labels},
                           {data.test.pixels, data.test.labels});
  return data;
}

std::vector<std::string> remarks_on(const ImageDatasetInfo& info, const DataIdentity& found) {
  const std::string remark = size_remark(info, found);
  if (remark.empty()) return {};
  return {fmt::format("The data found of {} are {} training and {} test samples; {}.", info.name,
                      found.train_samples, found.test_samples, remark)};
}

Dataset load_images(const ImageDatasetInfo& info, const DatasetConfig& config,
                    const std::optional<std::filesystem::path>& data_dir) {
  RawDataset raw = read_images(info, data_dir);
  const ImageSource source = source_of(info, config);
  const auto shape = shape_of(raw.train);
  return {.name = info.name,
          .classes = info.classes,
          .shape = shape,
          .train = SampleSet(std::move(raw.train), source),
          .test = SampleSet(std::move(raw.test), source),
          .identity = raw.identity,
          .remarks = remarks_on(info, raw.identity)};
}

/// Centres grey images on black ones of `extent` x `extent`, with three equal channels.
LabelledImages as_colour(LabelledImages grey, std::int64_t extent) {
  LabelledImages colour{.count = grey.count,
                        .channels = 3,
                        .rows = extent,
                        .columns = extent,
                        .pixels = {},
                        .labels = std::move(grey.labels)};
  colour.pixels.resize(static_cast<std::size_t>(grey.count * 3 * extent * extent));
  const std::int64_t top = (extent - grey.rows) / 2;
  const std::int64_t left = (extent - grey.columns) / 2;
  const std::uint8_t* in = grey.pixels.data();
  for (std::int64_t i = 0; i < grey.count; ++i) {
    for (std::int64_t r = 0; r < grey.rows; ++r, in += grey.columns) {
      for (std::int64_t c = 0; c < 3; ++c) {
        const std::int64_t row = ((i * 3 + c) * extent + top + r) * extent;
        std::copy_n(in, grey.columns, colour.pixels.begin() + row + left);
      }
    }
  }
  return colour;
}

/// Data of figure 5 of the SASG paper: photographs and digits, for workers that hold one or the
/// other.
Dataset load_cifar_and_digits(const DatasetConfig& config,
                              const std::optional<std::filesystem::path>& data_dir) {
  constexpr std::int64_t extent = 32;
  const Dataset photographs = load_images(*find_image_dataset("cifar10"), config, data_dir);
  const ImageDatasetInfo& info = *find_image_dataset("mnist");
  RawDataset digits = read_images(info, data_dir);
  if (digits.train.rows > extent || digits.train.columns > extent) {
    throw InputError("/base/dataset/name",
                     fmt::format("digits of at most {} x {} expected, found {} x {}", extent,
                                 extent, digits.train.rows, digits.train.columns));
  }
  ImageSource source = source_of(info, config);
  source.tables.resize(3, source.tables.front());
  std::vector<std::string> remarks = photographs.remarks;
  for (std::string& remark : remarks_on(info, digits.identity)) {
    remarks.push_back(std::move(remark));
  }
  return {
      .name = config.name,
      .classes = photographs.classes,
      .shape = photographs.shape,
      .train = SampleSet({photographs.train, {as_colour(std::move(digits.train), extent), source}}),
      .test = SampleSet({photographs.test, {as_colour(std::move(digits.test), extent), source}}),
      .identity = joined(photographs.identity, digits.identity),
      .remarks = std::move(remarks)};
}

/// Class centres, [classes, dimension].
std::vector<double> draw_centres(const DatasetConfig& c, std::uint64_t seed) {
  std::vector<double> centres(static_cast<std::size_t>(c.classes * c.dimension));
  RandomStream random = stream(seed, stream_names::synthetic_centres);
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
  std::vector<Label> labels(static_cast<std::size_t>(count));
  Vector values;
  values.reserve(static_cast<std::size_t>(count * c.dimension));
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t k = i % c.classes;
    labels[static_cast<std::size_t>(i)] = static_cast<Label>(k);
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
  Dataset data{
      .name = c.name,
      .classes = c.classes,
      .shape = {c.dimension},
      .train =
          draw_samples(c, c.train_samples, centres, stream(seed, stream_names::synthetic_train)),
      .test = draw_samples(c, c.test_samples, centres, stream(seed, stream_names::synthetic_test)),
      .identity = {},
      .remarks = {}};
  data.identity = identify(data.shape, {data.train.bytes(), data.train.labels()},
                           {data.test.bytes(), data.test.labels()});
  return data;
}

}  // namespace

std::span<const ImageDatasetInfo> image_datasets() { return known(); }

const ImageDatasetInfo* find_image_dataset(const std::string& name) {
  for (const ImageDatasetInfo& info : known()) {
    if (name == info.name) return &info;
  }
  return nullptr;
}

std::string size_remark(const ImageDatasetInfo& info, const DataIdentity& found) {
  if (found.train_samples == info.train_samples && found.test_samples == info.test_samples) {
    return "";
  }
  return fmt::format("the original has {} training and {} test samples", info.train_samples,
                     info.test_samples);
}

Dataset load_dataset(const DatasetConfig& config, std::uint64_t seed,
                     const std::optional<std::filesystem::path>& data_dir) {
  if (config.name == "synthetic") return make_synthetic(config, seed);
  if (const ImageDatasetInfo* info = find_image_dataset(config.name)) {
    return load_images(*info, config, data_dir);
  }
  if (config.name == "cifar10+mnist") return load_cifar_and_digits(config, data_dir);
  if (config.name == file_dataset) return load_file_dataset(config.files, seed);
  throw InputError("/base/dataset/name",
                   fmt::format("expected mnist, fashion-mnist, cifar10, cifar100, cifar10+mnist, "
                               "synthetic or file, got \"{}\"",
                               config.name));
}

}  // namespace gradwire::learn
