#include "sim/algorithms/compressors/grid.hpp"

#include <cmath>
#include <utility>

#include "sim/algorithms/compressors/buckets.hpp"
#include "sim/kernels/arithmetic.hpp"
#include "sim/kernels/odd_levels.hpp"
#include "sim/kernels/quantise.hpp"

namespace gradwire::algorithms {
namespace {

constexpr int largest_level(std::int64_t bits) { return (1 << bits) - 1; }
static_assert(largest_level(Grid::most_bits) <= most_levels);

/// tau R; 0 where round_to_odd_levels() takes R for 0, NaN or infinite where R is.
float scale_of(float largest, int s) {
  const auto most = static_cast<float>(s);
  const bool is_zero = std::isinf(most / largest);
  return is_zero ? 0.0F : largest / most;
}

constexpr Parameter grid_parameters[] = {&bits_parameter, &bucket_parameter};

}  // namespace

Grid::Grid(std::vector<Block> buckets, int bits)
    : buckets_(std::move(buckets)), s_(largest_level(bits)) {}

Message Grid::compress(std::span<const float> v, const StepContext& /*step*/) {
  Quantized quantized{.most_level = static_cast<std::int16_t>(s_),
                      .odd_levels = true,
                      .ends = ends_of(buckets_),
                      .scales = {},
                      .levels = std::vector<std::int16_t>(v.size())};
  for (const Block& bucket : buckets_) {
    const auto entries = v.subspan(bucket.offset, bucket.size);
    const float largest = largest_magnitude(entries);
    round_to_odd_levels(entries, largest, s_,
                        std::span(quantized.levels).subspan(bucket.offset, bucket.size));
    quantized.scales.push_back(scale_of(largest, s_));
  }
  return quantized;
}

std::unique_ptr<Compressor> Grid::clone() const { return std::make_unique<Grid>(*this); }

constinit const CompressorKind grid_kind{
    .name = "grid",
    .summary = "the nearest of 2^b equally spaced values",
    .source = "Sun et al., arXiv 1909.07588, as in the authors' code",
    .parameters = grid_parameters,
    .cost = {9e-10, 1e-8, 1.1e-8},
    .shape =
        [](const AlgorithmConfig& config, const Layout& layout) {
          return MessageShape{.representation = Representation::quantized,
                              .blocks = buckets(config, layout),
                              .most_level = largest_level(config.get(bits_parameter)),
                              .odd_levels = true};
        },
    .make = [](const AlgorithmConfig& config, const Layout& layout) -> std::unique_ptr<Compressor> {
      return std::make_unique<Grid>(buckets(config, layout),
                                    static_cast<int>(config.get(bits_parameter)));
    },
    .refuses_error_memory = accepts_error_memory};

}  // namespace gradwire::algorithms
