#include "sim/algorithms/compressors/qsgd.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/algorithms/compressors/buckets.hpp"
#include "sim/kernels/arithmetic.hpp"
#include "sim/kernels/quantise.hpp"

namespace gradwire::algorithms {
namespace {

constexpr Choice norm_choices[] = {{"l2", "the Euclidean norm, QSGD's own"},
                                   {"max", "the largest magnitude: fewer zeros, less variance"}};
static_assert(has_row_for_each(norm_choices, Qsgd::Norm::max));
constexpr ChoiceParameter norm_parameter{.key = "norm",
                                         .help = "what the largest level stands for",
                                         .choices = norm_choices,
                                         .default_value = "l2"};
constexpr FlagParameter contraction_parameter{
    .key = "contraction",
    .help =
        "divides the values by tau = 1 + min(d/s^2, sqrt(d)/s) for the d entries of a bucket: "
        "biased, but never enlarges the error in expectation, as CHOCO-SGD needs it (arXiv "
        "1902.00340)",
    .default_value = false};
constexpr Parameter qsgd_parameters[] = {&levels_parameter, &bucket_parameter, &norm_parameter,
                                         &contraction_parameter};

/// tau for a bucket of d entries.
double contraction_of(std::size_t d, int s) {
  const auto entries = static_cast<double>(d);
  return 1 + std::min(entries / s / s, std::sqrt(entries) / s);
}

}  // namespace

Qsgd::Qsgd(std::vector<Block> buckets, int s, Norm norm, bool contraction)
    : buckets_(std::move(buckets)), s_(s), norm_(norm), contraction_(contraction) {}

Message Qsgd::compress(std::span<const float> v, const StepContext& step) {
  Quantized quantized{.most_level = static_cast<std::int16_t>(s_),
                      .ends = ends_of(buckets_),
                      .scales = {},
                      .levels = std::vector<std::int16_t>(v.size())};
  for (const Block& bucket : buckets_) {
    const auto entries = v.subspan(bucket.offset, bucket.size);
    const auto norm = norm_ == Norm::l2 ? static_cast<float>(std::sqrt(squared_norm(entries)))
                                        : largest_magnitude(entries);
    quantise(entries, norm, s_, step.random, static_cast<std::uint32_t>(bucket.offset),
             std::span(quantized.levels).subspan(bucket.offset, bucket.size));
    const float scale = norm / static_cast<float>(s_);
    quantized.scales.push_back(
        contraction_ ? static_cast<float>(scale / contraction_of(bucket.size, s_)) : scale);
  }
  return quantized;
}

std::unique_ptr<Compressor> Qsgd::clone() const { return std::make_unique<Qsgd>(*this); }

constinit const CompressorKind qsgd_kind{
    .name = "qsgd",
    .summary = "random levels between 0 and the norm",
    .source = "Alistarh et al., arXiv 1610.02132, eq. (4)",
    .parameters = qsgd_parameters,
    .cost = {1.7e-9, 1e-8, 1.1e-8},
    .shape =
        [](const AlgorithmConfig& config, const Layout& layout) {
          return MessageShape{.representation = Representation::quantized,
                              .blocks = buckets(config, layout),
                              .most_level = static_cast<int>(config.get(levels_parameter))};
        },
    .make = [](const AlgorithmConfig& config, const Layout& layout) -> std::unique_ptr<Compressor> {
      return std::make_unique<Qsgd>(
          buckets(config, layout), static_cast<int>(config.get(levels_parameter)),
          config.choice<Qsgd::Norm>(norm_parameter), config.get(contraction_parameter));
    },
    .refuses_error_memory = accepts_error_memory};

}  // namespace gradwire::algorithms
