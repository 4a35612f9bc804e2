#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sim/core/random.hpp"
#include "sim/kernels/vector.hpp"
#include "sim/learn/data/samples/augmentation.hpp"
#include "sim/learn/data/samples/images.hpp"
#include "sim/learn/data/samples/label.hpp"
#include "sim/learn/data/samples/sparse_rows.hpp"

namespace gradwire::learn {

/// Origin of images, which share their normalisation and augmentation.
struct ImageSource {
  std::string name;  ///< "cifar10"
  /// Normalised value of byte v of each channel, [channels][256].
  std::vector<std::array<float, 256>> tables;
  Augmentation augmentation;  ///< of training images
};

/// Samples with labels, immutable and shared by copies: bytes, normalised when gathered, or floats,
/// or sparse rows of floats. (The floats of 60,000 MNIST images would take 188 MB, and gathering a
/// minibatch of ten through the table takes about 5 us of its gradient's 500 us.)
class SampleSet {
 public:
  SampleSet() = default;
  SampleSet(LabelledImages images, ImageSource source);
  /// Concatenates sets of images of equal shape, each with one source.
  explicit SampleSet(const std::vector<SampleSet>& parts);
  /// values: [n, dimension]; labels: [n].
  SampleSet(std::int64_t dimension, Vector values, std::vector<Label> labels);
  /// labels: [n].
  SampleSet(SparseRows rows, std::vector<Label> labels);

  /// The same samples, with numbers to predict: [n].
  [[nodiscard]] SampleSet with_targets(std::vector<float> targets) const;

  [[nodiscard]] std::int64_t count() const { return static_cast<std::int64_t>(labels_->size()); }
  [[nodiscard]] std::int64_t dimension() const { return dimension_; }
  [[nodiscard]] std::span<const Label> labels() const { return *labels_; }
  /// The number to predict of each sample, [n]; empty if the samples have classes only.
  [[nodiscard]] std::span<const float> targets() const;
  /// All samples: their bytes before normalisation, or the bytes of their floats. Not for sparse
  /// rows.
  [[nodiscard]] std::span<const std::uint8_t> bytes() const;
  /// Null unless the samples are sparse rows.
  [[nodiscard]] const SparseRows* sparse_rows() const { return rows_of_.get(); }

  /// Number of sources; one, without a name, for floats.
  [[nodiscard]] std::size_t sources() const { return parts_.size(); }
  [[nodiscard]] const std::string& source_name(std::size_t source) const {
    return parts_[source].source.name;
  }
  [[nodiscard]] std::size_t source_of(std::uint32_t sample) const;
  [[nodiscard]] bool augmented() const;

  /// Writes the normalised samples at these indices, [indices, dimension], and their labels.
  void gather(std::span<const std::uint32_t> indices, std::span<float> samples,
              std::span<Label> labels) const;
  /// Writes their targets. Precondition: the samples have targets.
  void gather_targets(std::span<const std::uint32_t> indices, std::span<float> targets) const;
  /// The same for training images, augmented with draws in the order of `indices`.
  void gather_augmented(std::span<const std::uint32_t> indices, RandomStream random,
                        std::span<float> samples, std::span<Label> labels) const;

 private:
  struct Part {
    ImageSource source;
    std::uint32_t end = 0;  ///< index after its last sample
  };
  void copy(std::uint32_t index, std::span<float> sample) const;
  void copy_warped(std::uint32_t index, const Warp& warp, std::span<float> sample) const;

  std::int64_t dimension_ = 0;
  std::int64_t rows_ = 0;
  std::int64_t columns_ = 0;
  std::vector<Part> parts_{1};
  std::shared_ptr<const std::vector<std::uint8_t>> pixels_;  ///< [n, dimension], or null
  std::shared_ptr<const Vector> values_;                     ///< [n, dimension], or null
  std::shared_ptr<const SparseRows> rows_of_;                ///< [n, dimension], or null
  std::shared_ptr<const std::vector<Label>> labels_;
  std::shared_ptr<const std::vector<float>> targets_;  ///< [n], or null
};

}  // namespace gradwire::learn
