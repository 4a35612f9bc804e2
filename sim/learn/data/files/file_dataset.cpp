#include "sim/learn/data/files/file_dataset.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <span>
#include <stdexcept>
#include <utility>

#include "sim/core/error.hpp"
#include "sim/core/file_kind.hpp"
#include "sim/core/random.hpp"
#include "sim/core/stream_names.hpp"
#include "sim/learn/data/files/file_labels.hpp"
#include "sim/learn/data/formats/csv.hpp"
#include "sim/learn/data/formats/idx.hpp"
#include "sim/learn/data/formats/images_raw.hpp"
#include "sim/learn/data/formats/libsvm.hpp"
#include "sim/learn/data/formats/npz.hpp"
#include "sim/learn/data/formats/table_forms.hpp"
#include "sim/learn/data/samples/normalisation.hpp"

namespace gradwire::learn {
namespace {

using Paths = std::vector<std::filesystem::path>;

[[noreturn]] void fail(const char* key, const std::string& message) {
  throw InputError(fmt::format("/base/dataset/{}", key), message);
}

Paths paths_of(const FileDataConfig& config, const std::vector<std::string>& files) {
  Paths paths;
  for (const std::string& file : files) {
    paths.push_back((std::filesystem::path(config.folder) / file).lexically_normal());
  }
  return paths;
}

/// The files of one set, and the names of its arrays.
struct Source {
  Paths paths;
  ArrayNames arrays;
};

Source train_source(const FileDataConfig& config) {
  return {.paths = paths_of(config, config.train),
          .arrays = {.samples = config.arrays.at(0), .labels = config.arrays.at(1)}};
}

Source test_source(const FileDataConfig& config) {
  const std::size_t first = config.arrays.size() == 4 ? 2 : 0;
  return {.paths = paths_of(config, config.test),
          .arrays = {.samples = config.arrays.at(first), .labels = config.arrays.at(first + 1)}};
}

Table read_numpy(const Source& source) {
  return source.paths.size() == 1 ? read_npz(source.paths[0], source.arrays)
                                  : read_npy_pair(source.paths.at(0), source.paths.at(1));
}

Table read_source(const FileDataConfig& config, const Source& source,
                  std::optional<std::int64_t> features) {
  switch (config.format) {
    case FileFormat::npz:
      return read_numpy(source);
    case FileFormat::libsvm:
      return read_libsvm(source.paths, features);
    case FileFormat::csv:
      return read_csv(source.paths, config.label);
    case FileFormat::idx:
      return read_idx_pair(source.paths.at(0), source.paths.at(1));
    case FileFormat::images_raw:
      return read_images_raw(source.paths, config.shape, config.label_bytes);
  }
  throw std::logic_error("no such format");
}

Table read_shaped(const FileDataConfig& config, const Source& source,
                  std::optional<std::int64_t> features) {
  Table table = read_source(config, source, features);
  if (config.shape.empty()) return table;
  if (numbers_of(table.shape) != numbers_of(config.shape)) {
    fail("shape",
         fmt::format("must have as many numbers as a sample of {}, {}, got {}",
                     source.paths.front().string(), numbers_of(table.shape), shown(config.shape)));
  }
  table.shape = config.shape;
  return table;
}

std::optional<std::int64_t> stated_features(const FileDataConfig& config) {
  if (config.features || config.shape.empty()) return config.features;
  return numbers_of(config.shape);
}

/// Training and test set; the latter has no labels if it is to be split off the former.
struct Tables {
  Table train;
  Table test;
};

Tables read_tables(const FileDataConfig& config) {
  const Source train = train_source(config);
  Tables tables{.train = read_shaped(config, train, stated_features(config)), .test = {}};
  if (config.test.empty()) return tables;
  const Source test = test_source(config);
  tables.test = read_shaped(config, test, numbers_of(tables.train.shape));
  if (tables.test.shape != tables.train.shape) {
    throw InputError(
        test.paths.front().string(),
        fmt::format("expected samples of {}, as in {}, found {}", shown(tables.train.shape),
                    train.paths.front().string(), shown(tables.test.shape)));
  }
  return tables;
}

/// Brings both tables into the form that takes the least memory.
TableForm make_compact(Tables& tables) {
  const Shape& shape = tables.train.shape;
  std::vector<const TableValues*> values{&tables.train.values};
  if (!tables.test.labels.empty()) values.push_back(&tables.test.values);
  const TableForm form = smallest_form(values, numbers_of(shape), shape.size() == 1);
  for (Table* table : {&tables.train, &tables.test}) {
    table->values = in_form(std::move(table->values), form, numbers_of(shape));
  }
  return form;
}

template <class T>
std::span<const std::uint8_t> bytes_of(std::span<const T> values) {
  return {reinterpret_cast<const std::uint8_t*>(values.data()), values.size_bytes()};
}

/// Of the values before scaling; of sparse rows, their three arrays.
DataIdentity identity_of(const Tables& tables, const FileLabels& labels) {
  const auto values_of = [](const Table& table) -> std::span<const std::uint8_t> {
    if (const auto* sparse = std::get_if<SparseRows>(&table.values)) {
      return bytes_of(std::span<const float>(sparse->values));
    }
    if (const auto* bytes = std::get_if<std::vector<std::uint8_t>>(&table.values)) return *bytes;
    return bytes_of(std::span<const float>(std::get<Vector>(table.values)));
  };
  DataIdentity identity = identify(
      tables.train.shape, {values_of(tables.train), labels.train},
      {tables.test.labels.empty() ? std::span<const std::uint8_t>{} : values_of(tables.test),
       labels.test});
  for (const Table* table : {&tables.train, &tables.test}) {
    if (const auto* sparse = std::get_if<SparseRows>(&table->values)) {
      identity = refined(identity, bytes_of(std::span<const std::uint64_t>(sparse->ends)));
      identity = refined(identity, bytes_of(std::span<const std::uint32_t>(sparse->columns)));
    }
  }
  if (!labels.values.empty()) {
    identity = refined(identity, bytes_of(std::span<const double>(labels.values)));
  }
  for (const std::string& name : labels.names) {
    identity = refined(identity, bytes_of(std::span<const char>(name)));
  }
  return identity;
}

void check_digest(const FileDataConfig& config, const DataIdentity& identity) {
  if (config.digest.empty() || config.digest == identity.digest) return;
  fail("digest", fmt::format("must be {}, the digest of the data in {}, got {}", identity.digest,
                             config.folder, config.digest));
}

/// Indices of the samples that stay and of those that become the test set, both ascending.
std::pair<std::vector<std::uint32_t>, std::vector<std::uint32_t>> draw_split(std::size_t samples,
                                                                             double share,
                                                                             std::uint64_t seed) {
  if (samples < 2) fail("split", "needs at least 2 samples, got 1");
  std::vector<std::uint32_t> order(samples);
  std::iota(order.begin(), order.end(), 0U);
  stream(seed, stream_names::test_split).shuffle(std::span(order));
  const double wanted = std::round(share * static_cast<double>(samples));
  const auto test = std::clamp<std::size_t>(static_cast<std::size_t>(wanted), 1, samples - 1);
  const auto middle = order.begin() + static_cast<std::ptrdiff_t>(test);
  std::sort(order.begin(), middle);
  std::sort(middle, order.end());
  return {{middle, order.end()}, {order.begin(), middle}};
}

std::vector<Label> labels_at(const std::vector<Label>& labels,
                             std::span<const std::uint32_t> indices) {
  std::vector<Label> result;
  result.reserve(indices.size());
  for (const std::uint32_t i : indices) result.push_back(labels[i]);
  return result;
}

void split_off_test(const FileDataConfig& config, std::uint64_t seed, Tables& tables,
                    FileLabels& labels) {
  const std::int64_t dimension = numbers_of(tables.train.shape);
  const auto [stay, go] = draw_split(labels.train.size(), *config.split, seed);
  tables.test.values = rows_at(tables.train.values, dimension, go);
  tables.train.values = rows_at(tables.train.values, dimension, stay);
  labels.test = labels_at(labels.train, go);
  labels.train = labels_at(labels.train, stay);
}

/// One per channel: the first axis of three, or each number of a sample of one axis.
std::vector<Normalisation> normalisations(const FileDataConfig& config, const Shape& shape) {
  const auto channels = static_cast<std::size_t>(shape.size() == 2 ? 1 : shape.front());
  for (const auto& [key, list] : {std::pair{"mean", &config.mean}, std::pair{"std", &config.std}}) {
    if (list->size() <= 1 || list->size() == channels) continue;
    fail(key, fmt::format("must have 1 or {} entries for samples of {}, got {}", channels,
                          shown(shape), list->size()));
  }
  const std::size_t count = std::max({std::size_t{1}, config.mean.size(), config.std.size()});
  std::vector<Normalisation> result(count);
  for (std::size_t c = 0; c < count; ++c) {
    const auto entry = [c](const std::vector<double>& list, float otherwise) {
      return list.empty() ? otherwise : static_cast<float>(list.size() == 1 ? list[0] : list[c]);
    };
    result[c] = {.scale = static_cast<float>(config.scale),
                 .mean = entry(config.mean, 0.0F),
                 .deviation = entry(config.std, 1.0F)};
  }
  return result;
}

LabelledImages images_of(std::vector<std::uint8_t> pixels, const Shape& shape,
                         std::vector<Label> labels) {
  LabelledImages images{.count = static_cast<std::int64_t>(labels.size()),
                        .channels = shape.size() == 3 ? shape[0] : 1,
                        .rows = shape.size() >= 2 ? shape[shape.size() - 2] : 1,
                        .columns = shape.back(),
                        .pixels = std::move(pixels),
                        .labels = std::move(labels)};
  if (shape.size() > 3) images.rows = numbers_of(shape) / images.columns;
  return images;
}

void normalise(std::span<const Normalisation> channels, Vector& values, std::size_t dimension) {
  const std::size_t plane = dimension / channels.size();
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = channels[i % dimension / plane](values[i]);
  }
}

void normalise(std::span<const Normalisation> channels, SparseRows& rows) {
  for (std::size_t i = 0; i < rows.values.size(); ++i) {
    rows.values[i] = channels[channels.size() == 1 ? 0 : rows.columns[i]](rows.values[i]);
  }
}

SampleSet sample_set(TableValues values, const Shape& shape, std::vector<Label> labels,
                     std::span<const Normalisation> channels) {
  const std::int64_t dimension = numbers_of(shape);
  if (auto* bytes = std::get_if<std::vector<std::uint8_t>>(&values)) {
    ImageSource source{.name = "file", .tables = {}, .augmentation = {}};
    for (const Normalisation& channel : channels) source.tables.push_back(channel.table());
    return {images_of(std::move(*bytes), shape, std::move(labels)), std::move(source)};
  }
  if (auto* sparse = std::get_if<SparseRows>(&values)) {
    normalise(channels, *sparse);
    return {std::move(*sparse), std::move(labels)};
  }
  Vector& floats = std::get<Vector>(values);
  normalise(channels, floats, static_cast<std::size_t>(dimension));
  return {dimension, std::move(floats), std::move(labels)};
}

/// The form of the samples of a run: where zero does not stay zero, rows are not sparse.
TableForm held_form(TableForm form, const Tables& tables, std::span<const Normalisation> channels) {
  const bool zero_stays =
      std::ranges::all_of(channels, [](const Normalisation& c) { return c(0.0F) == 0.0F; });
  if (form != TableForm::sparse || zero_stays) return form;
  const TableValues* const values[] = {&tables.train.values, &tables.test.values};
  return smallest_form(values, numbers_of(tables.train.shape), false);
}

std::vector<Source> sources_of(const FileDataConfig& config) {
  std::vector<Source> sources{train_source(config)};
  if (!config.test.empty()) sources.push_back(test_source(config));
  return sources;
}

void check_header(FileFormat format, const Source& source) {
  if (format == FileFormat::npz && source.paths.size() == 1) {
    check_npz(source.paths[0], source.arrays);
  }
  if (format == FileFormat::idx) {
    for (const std::filesystem::path& path : source.paths) check_idx(path);
  }
}

}  // namespace

Dataset load_file_dataset(const FileDataConfig& config, std::uint64_t seed) {
  Tables tables = read_tables(config);
  FileLabels labels = class_labels(tables.train, tables.test);
  const TableForm form = make_compact(tables);
  DataIdentity identity = identity_of(tables, labels);
  check_digest(config, identity);
  if (config.test.empty()) split_off_test(config, seed, tables, labels);
  identity.train_samples = static_cast<std::int64_t>(labels.train.size());
  identity.test_samples = static_cast<std::int64_t>(labels.test.size());

  const Shape shape = tables.train.shape;
  const std::vector<Normalisation> channels = normalisations(config, shape);
  const TableForm held = held_form(form, tables, channels);
  const auto samples = [&](Table& table, std::vector<Label>& of) {
    return sample_set(in_form(std::move(table.values), held, numbers_of(shape)), shape,
                      std::move(of), channels);
  };
  return {.name = file_dataset,
          .classes = labels.classes,
          .shape = shape,
          .train = samples(tables.train, labels.train),
          .test = samples(tables.test, labels.test),
          .identity = identity,
          .remarks = labels.remarks(),
          .label_values = labels.values,
          .label_names = labels.names};
}

bool has_files(const FileDataConfig& config) {
  return std::ranges::all_of(sources_of(config), [](const Source& source) {
    return std::ranges::all_of(source.paths, is_file);
  });
}

void require_files(const FileDataConfig& config) {
  for (const Source& source : sources_of(config)) {
    for (const std::filesystem::path& path : source.paths) {
      if (is_file(path)) continue;
      const std::string refused = not_a_file(path);
      throw InputError(path.string(), refused.empty() ? "does not exist" : refused);
    }
    check_header(config.format, source);
  }
}

}  // namespace gradwire::learn
