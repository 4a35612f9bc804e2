#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/core/vector.hpp"
#include "sim/learn/config.hpp"

namespace gradwire::learn {

/// Samples with labels, immutable and shared: either bytes, normalised as they are gathered, or
/// floats. (Of 60,000 MNIST images the floats would take 188 MB, and gathering a minibatch of ten
/// through the table costs some 5 us of its gradient's 500.)
class SampleSet {
 public:
  SampleSet() = default;
  /// pixels: [n, dimension], value v stands for table[v]; labels: [n].
  SampleSet(std::int64_t dimension, std::vector<std::uint8_t> pixels,
            std::vector<std::uint8_t> labels, const std::array<float, 256>& table);
  /// values: [n, dimension]; labels: [n].
  SampleSet(std::int64_t dimension, Vector values, std::vector<std::uint8_t> labels);

  [[nodiscard]] std::int64_t count() const { return static_cast<std::int64_t>(labels_->size()); }
  [[nodiscard]] std::int64_t dimension() const { return dimension_; }
  [[nodiscard]] std::span<const std::uint8_t> labels() const { return *labels_; }

  /// Writes the normalised samples of these numbers, [indices, dimension], and their labels.
  void gather(std::span<const std::uint32_t> indices, std::span<float> samples,
              std::span<std::uint8_t> labels) const;

 private:
  std::int64_t dimension_ = 0;
  std::array<float, 256> table_{};
  std::shared_ptr<const std::vector<std::uint8_t>> pixels_;  ///< or
  std::shared_ptr<const Vector> values_;
  std::shared_ptr<const std::vector<std::uint8_t>> labels_;
};

/// What is learned from, and what is tested on. Copies share the samples.
struct Dataset {
  std::string name;
  std::int64_t classes = 0;
  std::vector<std::int64_t> shape;  ///< of a sample: {28, 28} or {dimension}
  SampleSet train;
  SampleSet test;
};

/// A dataset in MNIST's format that we know by name.
struct ImageDatasetInfo {
  const char* name;
  const char* description;
  int classes;
  float mean;  ///< of the training pixels, scaled to [0, 1]
  float deviation;
  std::int64_t train_samples;  ///< of the original
  std::int64_t test_samples;
};
[[nodiscard]] std::span<const ImageDatasetInfo> image_datasets();
/// Null when there is none of that name.
[[nodiscard]] const ImageDatasetInfo* find_image_dataset(const std::string& name);

/// Reads "mnist" or "fashion-mnist" (where from: data_paths.hpp; defects: idx.hpp), or makes
/// "synthetic", a function of config and seed: class centres in random directions, at distance
/// `separation` from the origin, and Gaussian noise of unit variance; classes take turns.
/// Throws InputError with a JSON pointer below /base/dataset for settings that cannot be.
[[nodiscard]] Dataset load_dataset(const DatasetConfig& config, std::uint64_t seed,
                                   const std::optional<std::filesystem::path>& data_dir);

}  // namespace gradwire::learn
