#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sim/core/random.hpp"
#include "sim/kernels/vector.hpp"
#include "sim/learn/data/augmentation.hpp"
#include "sim/learn/data/images.hpp"

namespace gradwire::learn {

/// Origin of images, which share their normalisation and augmentation.
struct ImageSource {
  std::string name;  ///< "cifar10"
  /// Normalised value of byte v of each channel, [channels][256].
  std::vector<std::array<float, 256>> tables;
  Augmentation augmentation;  ///< of training images
};

/// Samples with labels, immutable and shared by copies: either bytes, normalised when gathered, or
/// floats. (The floats of 60,000 MNIST images would take 188 MB, and gathering a minibatch of ten
/// through the table takes about 5 us of its gradient's 500 us.)
class SampleSet {
 public:
  SampleSet() = default;
  SampleSet(LabelledImages images, ImageSource source);
  /// Concatenates sets of images of equal shape, each with one source.
  explicit SampleSet(const std::vector<SampleSet>& parts);
  /// values: [n, dimension]; labels: [n].
  SampleSet(std::int64_t dimension, Vector values, std::vector<std::uint8_t> labels);

  [[nodiscard]] std::int64_t count() const { return static_cast<std::int64_t>(labels_->size()); }
  [[nodiscard]] std::int64_t dimension() const { return dimension_; }
  [[nodiscard]] std::span<const std::uint8_t> labels() const { return *labels_; }
  /// All samples: their bytes before normalisation, or the bytes of their floats.
  [[nodiscard]] std::span<const std::uint8_t> bytes() const;

  /// Number of sources; one, without a name, for floats.
  [[nodiscard]] std::size_t sources() const { return parts_.size(); }
  [[nodiscard]] const std::string& source_name(std::size_t source) const {
    return parts_[source].source.name;
  }
  [[nodiscard]] std::size_t source_of(std::uint32_t sample) const;
  [[nodiscard]] bool augmented() const;

  /// Writes the normalised samples at these indices, [indices, dimension], and their labels.
  void gather(std::span<const std::uint32_t> indices, std::span<float> samples,
              std::span<std::uint8_t> labels) const;
  /// The same for training images, augmented with draws in the order of `indices`.
  void gather_augmented(std::span<const std::uint32_t> indices, RandomStream random,
                        std::span<float> samples, std::span<std::uint8_t> labels) const;

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
  std::shared_ptr<const std::vector<std::uint8_t>> labels_;
};

}  // namespace gradwire::learn
