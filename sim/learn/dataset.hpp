#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/learn/augmentation.hpp"
#include "sim/learn/config.hpp"
#include "sim/learn/data_identity.hpp"
#include "sim/learn/sample_set.hpp"

namespace gradwire::learn {

/// What is learned from, and what is tested on. Copies share the samples.
struct Dataset {
  std::string name;
  std::int64_t classes = 0;
  std::vector<std::int64_t> shape;  ///< of a sample: {28, 28}, {3, 32, 32} or {dimension}
  SampleSet train;
  SampleSet test;
  DataIdentity identity;
  /// Full sentences: of each dataset that is not of the original's size, how it differs.
  std::vector<std::string> remarks;
};

/// How the files of a dataset are laid out.
enum class DatasetFormat { idx, cifar10, cifar100 };

/// A dataset of images that we know by name.
struct ImageDatasetInfo {
  const char* name;
  const char* description;
  DatasetFormat format;
  int classes;
  std::vector<float> mean;  ///< of the training pixels of each channel, scaled to [0, 1]
  std::vector<float> deviation;
  Augmentation augmentation;   ///< the authors' for it
  std::int64_t train_samples;  ///< of the original
  std::int64_t test_samples;
};
[[nodiscard]] std::span<const ImageDatasetInfo> image_datasets();
/// Null when there is none of that name.
[[nodiscard]] const ImageDatasetInfo* find_image_dataset(const std::string& name);

/// "the original has 60000 training and 10000 test samples" where those found are other numbers;
/// else empty.
[[nodiscard]] std::string size_remark(const ImageDatasetInfo& info, const DataIdentity& found);

/// Reads a dataset from its files (where from: data_paths.hpp; defects: idx.hpp, cifar.hpp), or
/// joins two ("cifar10+mnist": the digits on a black border of two pixels, grey on all three
/// channels, and their classes those of the images), or makes "synthetic", a function of config and
/// seed: class centres in random directions, at distance `separation` from the origin, and Gaussian
/// noise of unit variance; classes take turns. Throws InputError with a JSON pointer below
/// /base/dataset for settings that cannot be.
[[nodiscard]] Dataset load_dataset(const DatasetConfig& config, std::uint64_t seed,
                                   const std::optional<std::filesystem::path>& data_dir);

}  // namespace gradwire::learn
