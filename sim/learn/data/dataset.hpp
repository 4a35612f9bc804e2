#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/learn/config.hpp"
#include "sim/learn/data/data_identity.hpp"
#include "sim/learn/data/samples/augmentation.hpp"
#include "sim/learn/data/samples/sample_set.hpp"

namespace gradwire::learn {

/// Training and test samples. Copies share the samples.
struct Dataset {
  std::string name;
  std::int64_t classes = 0;         ///< of the labels, training and test together
  std::vector<std::int64_t> shape;  ///< of a sample: {28, 28}, {3, 32, 32} or {dimension}
  SampleSet train;
  SampleSet test;
  DataIdentity identity;
  /// A full sentence for each dataset whose size differs from the original's.
  std::vector<std::string> remarks = {};
  /// The number that the data have for each class, [classes], ascending; empty: the class's own.
  std::vector<double> label_values = {};
  std::vector<std::string> label_names = {};  ///< [classes] where the data have texts as labels
  bool predicts_numbers = false;  ///< the labels serve as numbers, not as classes (set_targets())

  /// The number that the data have for this class.
  [[nodiscard]] double number_of(Label label) const {
    return label_values.empty() ? label : label_values[static_cast<std::size_t>(label)];
  }
};

/// File format of a dataset.
enum class DatasetFormat { idx, cifar10, cifar100 };

/// A supported image dataset.
struct ImageDatasetInfo {
  const char* name;
  const char* description;
  DatasetFormat format;
  int classes;
  std::vector<float> mean;  ///< of the training pixels of each channel, scaled to [0, 1]
  std::vector<float> deviation;
  Augmentation augmentation;   ///< as the SASG authors use for it
  std::int64_t train_samples;  ///< of the original
  std::int64_t test_samples;
};
[[nodiscard]] std::span<const ImageDatasetInfo> image_datasets();
/// Null for an unknown name.
[[nodiscard]] const ImageDatasetInfo* find_image_dataset(const std::string& name);

/// "the original has 60000 training and 10000 test samples" when `found` has other numbers; else
/// empty.
[[nodiscard]] std::string size_remark(const ImageDatasetInfo& info, const DataIdentity& found);

/// Reads a dataset from its files (locations: data_paths.hpp; errors: idx.hpp, cifar.hpp), or joins
/// two ("cifar10+mnist": the digits with a black border of two pixels, grey on all three channels,
/// with the same class numbers as the photographs), or generates "synthetic", a function of config
/// and seed: class centres in random directions at distance `separation` from the origin, plus
/// Gaussian noise of unit variance; sample i is of class i mod classes; or reads a user's own files
/// (file_dataset.hpp). Throws InputError with a JSON pointer below /base/dataset for invalid
/// settings.
[[nodiscard]] Dataset load_dataset(const DatasetConfig& config, std::uint64_t seed,
                                   const std::optional<std::filesystem::path>& data_dir);

}  // namespace gradwire::learn
