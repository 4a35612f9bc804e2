#include "sim/algorithms/compressors/sign.hpp"

#include <utility>

#include "sim/algorithms/compressors/buckets.hpp"
#include "sim/kernels/arithmetic.hpp"
#include "sim/kernels/signs.hpp"

namespace gradwire::algorithms {
namespace {

float mean_magnitude(std::span<const float> v) {
  return static_cast<float>(sum_of_magnitudes(v) / static_cast<double>(v.size()));
}

}  // namespace

Sign::Sign(std::vector<Block> buckets, Scale scale) : buckets_(std::move(buckets)), scale_(scale) {}

Message Sign::compress(std::span<const float> v, const StepContext& /*step*/) {
  Signs signs{.ends = ends_of(buckets_), .scales = {}, .negative = {}};
  std::size_t bytes = 0;
  for (const Block& bucket : buckets_) bytes += bytes_of_signs(bucket.size);
  signs.negative.resize(bytes);
  std::span<std::uint8_t> left = signs.negative;
  for (const Block& bucket : buckets_) {
    const auto entries = v.subspan(bucket.offset, bucket.size);
    if (scale_ == Scale::l1) signs.scales.push_back(mean_magnitude(entries));
    pack_signs(entries, left.first(bytes_of_signs(bucket.size)));
    left = left.subspan(bytes_of_signs(bucket.size));
  }
  return signs;
}

std::unique_ptr<Compressor> Sign::clone() const { return std::make_unique<Sign>(*this); }

namespace {

constexpr Parameter sign_parameters[] = {&scale_parameter, &bucket_parameter};

}  // namespace

constinit const CompressorKind sign_kind{
    .name = "sign",
    .summary = "one bit per entry, and with scale l1 one float per bucket",
    .source =
        "Bernstein et al., arXiv 1802.04434; with scale l1 Karimireddy et al., arXiv "
        "1901.09847, Algorithm 1",
    .parameters = sign_parameters,
    .cost = {6e-10, 1.3e-9, 1.7e-9},
    .shape =
        [](const AlgorithmConfig& config, const Layout& layout) {
          return MessageShape{
              .representation = Representation::signs,
              .blocks = buckets(config, layout),
              .floats_per_bucket =
                  config.choice<Sign::Scale>(scale_parameter) == Sign::Scale::l1 ? 1 : 0};
        },
    .make = [](const AlgorithmConfig& config, const Layout& layout) -> std::unique_ptr<Compressor> {
      return std::make_unique<Sign>(buckets(config, layout),
                                    config.choice<Sign::Scale>(scale_parameter));
    },
    .refuses_error_memory =
        [](const AlgorithmConfig& config) {
          return config.choice<Sign::Scale>(scale_parameter) == Sign::Scale::none
                     ? std::string(
                           "sign with scale none keeps no magnitude, so what it leaves out "
                           "is no error of it; scale l1 does")
                     : std::string();
        }};

}  // namespace gradwire::algorithms
