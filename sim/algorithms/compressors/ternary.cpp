#include "sim/algorithms/compressors/ternary.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "sim/algorithms/compressors/buckets.hpp"
#include "sim/kernels/quantise.hpp"
#include "sim/kernels/ternary.hpp"

namespace gradwire::algorithms {
namespace {

constexpr NumberParameter clip_parameter{
    .key = "clip",
    .help = "where entries are clipped, in standard deviations of their bucket; 0: nowhere",
    .range = {.at_least = 0, .up_to = 1e6},
    .default_value = 2.5};
constexpr Parameter ternary_parameters[] = {&clip_parameter, &bucket_parameter};

/// The standard deviation of the entries, from their mean.
double deviation(const Moments& moments, std::size_t count) {
  const auto n = static_cast<double>(count);
  const double mean = moments.sum / n;
  return std::sqrt(std::max(0.0, moments.sum_of_squares / n - mean * mean));
}

/// max |v_i| after clipping. Entries that are all equal are not clipped: sigma 0 would erase them.
float clipped_largest(std::span<const float> v, double clip) {
  const Moments of_v = moments(v);
  if (clip == 0 || !std::isfinite(of_v.largest)) return of_v.largest;
  const auto bound = static_cast<float>(clip * deviation(of_v, v.size()));
  return bound > 0 ? std::min(bound, of_v.largest) : of_v.largest;
}

/// max(a, b); NaN if one is.
float larger(float a, float b) { return a < b || std::isnan(b) ? b : a; }

}  // namespace

Ternary::Ternary(std::vector<Block> buckets, double clip)
    : buckets_(std::move(buckets)), clip_(clip) {}

Message Ternary::compress(std::span<const float> v, const StepContext& /*step*/) {
  own_scales_.clear();
  for (const Block& bucket : buckets_) {
    own_scales_.push_back(clipped_largest(v.subspan(bucket.offset, bucket.size), clip_));
  }
  return Dense{Vector(own_scales_.begin(), own_scales_.end())};
}

Message Ternary::reduce(int exchange, std::span<const Message> messages) const {
  if (exchange != 0) throw std::logic_error("ternary reduces scales only");
  Dense shared{Vector(buckets_.size(), 0.0F)};
  for (const Message& message : messages) {
    const auto* scales = std::get_if<Dense>(&message);
    if (scales == nullptr) continue;
    std::ranges::transform(shared.values, scales->values, shared.values.begin(), larger);
  }
  return shared;
}

Message Ternary::compress_next(int /*exchange*/, const Message& reduced, std::span<const float> v,
                               const StepContext& step) {
  const Vector& scales = std::get<Dense>(reduced).values;
  Quantized quantized{.most_level = 1,
                      .ends = ends_of(buckets_),
                      .scales = {scales.begin(), scales.end()},
                      .levels = std::vector<std::int16_t>(v.size())};
  for (std::size_t b = 0; b < buckets_.size(); ++b) {
    const auto& [offset, size, kept] = buckets_[b];
    ternary_levels(v.subspan(offset, size), own_scales_[b], scales[b], step.random,
                   static_cast<std::uint32_t>(offset),
                   std::span(quantized.levels).subspan(offset, size));
  }
  return quantized;
}

std::optional<Message> Ternary::joined(std::span<const Message> messages) const {
  std::optional<Quantized> sum;
  int senders = 0;
  for (const Message& message : messages) {
    const auto* sent = std::get_if<Quantized>(&message);
    if (sent == nullptr) continue;
    if (++senders > most_levels) return std::nullopt;
    if (sum) {
      add_levels(sent->levels, sum->levels);
    } else {
      sum = *sent;
    }
  }
  if (!sum) return std::nullopt;
  sum->most_level = static_cast<std::int16_t>(senders);
  for (float& scale : sum->scales) scale /= static_cast<float>(senders);
  return Message(std::move(*sum));
}

std::unique_ptr<Compressor> Ternary::clone() const { return std::make_unique<Ternary>(*this); }

constinit const CompressorKind ternary_kind{
    .name = "ternary",
    .summary = "-1, 0 or 1 at random, times a scale that all workers share",
    .source = "Wen et al., arXiv 1705.07878, Algorithm 1 and section 3.3",
    .parameters = ternary_parameters,
    .cost = {1.5e-9, 1e-8, 2e-8},
    .shape =
        [](const AlgorithmConfig& config, const Layout& layout) {
          return MessageShape{.representation = Representation::quantized,
                              .blocks = buckets(config, layout),
                              .most_level = 1};
        },
    .make = [](const AlgorithmConfig& config, const Layout& layout) -> std::unique_ptr<Compressor> {
      return std::make_unique<Ternary>(buckets(config, layout), config.get(clip_parameter));
    },
    .refuses_error_memory =
        [](const AlgorithmConfig&) {
          return std::string(
              "ternary is off by more than the vector itself, which an error memory amplifies "
              "without bound");
        },
    .needs_every_worker = true};

}  // namespace gradwire::algorithms
