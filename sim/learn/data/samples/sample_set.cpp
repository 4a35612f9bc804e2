#include "sim/learn/data/samples/sample_set.hpp"

#include <algorithm>
#include <utility>

#include "sim/kernels/prefetch.hpp"

namespace gradwire::learn {
namespace {

/// The samples of a minibatch are scattered over more memory than a cache holds, so each is
/// prefetched while those before it are normalised.
constexpr std::size_t samples_ahead = 2;

}  // namespace

SampleSet::SampleSet(LabelledImages images, ImageSource source)
    : dimension_(images.channels * images.rows * images.columns),
      rows_(images.rows),
      columns_(images.columns),
      pixels_(std::make_shared<const std::vector<std::uint8_t>>(std::move(images.pixels))),
      labels_(std::make_shared<const std::vector<Label>>(std::move(images.labels))) {
  parts_ = {{std::move(source), static_cast<std::uint32_t>(labels_->size())}};
}

SampleSet::SampleSet(const std::vector<SampleSet>& parts)
    : dimension_(parts.front().dimension_),
      rows_(parts.front().rows_),
      columns_(parts.front().columns_) {
  std::vector<std::uint8_t> pixels;
  std::vector<Label> labels;
  parts_.clear();
  for (const SampleSet& part : parts) {
    pixels.insert(pixels.end(), part.pixels_->begin(), part.pixels_->end());
    labels.insert(labels.end(), part.labels_->begin(), part.labels_->end());
    parts_.push_back({part.parts_.front().source, static_cast<std::uint32_t>(labels.size())});
  }
  pixels_ = std::make_shared<const std::vector<std::uint8_t>>(std::move(pixels));
  labels_ = std::make_shared<const std::vector<Label>>(std::move(labels));
}

SampleSet::SampleSet(std::int64_t dimension, Vector values, std::vector<Label> labels)
    : dimension_(dimension),
      values_(std::make_shared<const Vector>(std::move(values))),
      labels_(std::make_shared<const std::vector<Label>>(std::move(labels))) {
  parts_.front().end = static_cast<std::uint32_t>(labels_->size());
}

SampleSet::SampleSet(SparseRows rows, std::vector<Label> labels)
    : dimension_(rows.dimension),
      rows_of_(std::make_shared<const SparseRows>(std::move(rows))),
      labels_(std::make_shared<const std::vector<Label>>(std::move(labels))) {
  parts_.front().end = static_cast<std::uint32_t>(labels_->size());
}

SampleSet SampleSet::with_targets(std::vector<float> targets) const {
  SampleSet set = *this;
  set.targets_ = std::make_shared<const std::vector<float>>(std::move(targets));
  return set;
}

std::span<const float> SampleSet::targets() const {
  if (!targets_) return {};
  return *targets_;
}

std::span<const std::uint8_t> SampleSet::bytes() const {
  if (pixels_) return *pixels_;
  return {reinterpret_cast<const std::uint8_t*>(values_->data()), values_->size() * sizeof(float)};
}

std::size_t SampleSet::source_of(std::uint32_t sample) const {
  std::size_t source = 0;
  while (sample >= parts_[source].end) ++source;
  return source;
}

bool SampleSet::augmented() const {
  return std::ranges::any_of(parts_,
                             [](const Part& part) { return part.source.augmentation.any(); });
}

void SampleSet::copy(std::uint32_t index, std::span<float> sample) const {
  const std::size_t first = index * sample.size();
  if (values_) {
    std::copy_n(values_->data() + first, sample.size(), sample.data());
    return;
  }
  if (rows_of_) {
    std::ranges::fill(sample, 0.0F);
    const auto [columns, values] = rows_of_->row(index);
    for (std::size_t i = 0; i < columns.size(); ++i) sample[columns[i]] = values[i];
    return;
  }
  const auto& tables = parts_[source_of(index)].source.tables;
  const std::size_t plane = sample.size() / tables.size();
  const std::uint8_t* in = pixels_->data() + first;
  float* out = sample.data();
  for (const auto& table : tables) {
    for (std::size_t j = 0; j < plane; ++j) *out++ = table[*in++];
  }
}

void SampleSet::copy_warped(std::uint32_t index, const Warp& warp, std::span<float> sample) const {
  const auto& tables = parts_[source_of(index)].source.tables;
  const std::size_t plane = sample.size() / tables.size();
  thread_local std::vector<std::int32_t> origin;
  origin.resize(plane);
  source_pixels(warp, rows_, columns_, origin);
  const std::uint8_t* in = pixels_->data() + index * sample.size();
  float* out = sample.data();
  for (const auto& table : tables) {
    for (const std::int32_t pixel : origin) *out++ = table[pixel < 0 ? 0 : in[pixel]];
    in += plane;
  }
}

void SampleSet::gather(std::span<const std::uint32_t> indices, std::span<float> samples,
                       std::span<Label> labels) const {
  const auto n = static_cast<std::size_t>(dimension_);
  for (std::size_t i = 0; i < indices.size(); ++i) {
    if (pixels_ && i + samples_ahead < indices.size()) {
      prefetch<CacheLevel::second>(pixels_->data() + indices[i + samples_ahead] * n,
                                   n + line_bytes);
    }
    copy(indices[i], samples.subspan(i * n, n));
    labels[i] = (*labels_)[indices[i]];
  }
}

void SampleSet::gather_targets(std::span<const std::uint32_t> indices,
                               std::span<float> targets) const {
  std::ranges::transform(indices, targets.begin(), [&](std::uint32_t i) { return (*targets_)[i]; });
}

void SampleSet::gather_augmented(std::span<const std::uint32_t> indices, RandomStream random,
                                 std::span<float> samples, std::span<Label> labels) const {
  const auto n = static_cast<std::size_t>(dimension_);
  for (std::size_t i = 0; i < indices.size(); ++i) {
    const Augmentation& augmentation = parts_[source_of(indices[i])].source.augmentation;
    const auto sample = samples.subspan(i * n, n);
    if (augmentation.any()) {
      copy_warped(indices[i], draw_warp(augmentation, random), sample);
    } else {
      copy(indices[i], sample);
    }
    labels[i] = (*labels_)[indices[i]];
  }
}

}  // namespace gradwire::learn
