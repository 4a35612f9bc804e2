#include "sim/algorithms/compressors/kept_values.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include "sim/algorithms/compressors/buckets.hpp"
#include "sim/algorithms/compressors/qsgd.hpp"
#include "sim/algorithms/compressors/sign.hpp"

namespace gradwire::algorithms {
namespace {

/// Numbers of parts below it belong to selections.
constexpr std::uint64_t part_of_values = std::uint64_t{1} << 40;

}  // namespace

KeptValueCoding::KeptValueCoding(const AlgorithmConfig& config)
    : KeptValueCoding(config.choice<KeptValues>(kept_values_parameter),
                      static_cast<int>(config.get(levels_parameter))) {}

Message KeptValueCoding::code(Sparse kept, const std::vector<Block>& blocks,
                              const StepContext& step) const {
  if (values_ == KeptValues::exact) return kept;
  StepContext of_values = step;
  of_values.random = key_of_part(step.random, part_of_values);
  CodedSparse coded{.indices = std::move(kept.indices), .values = {}};
  if (values_ == KeptValues::quantised) {
    Qsgd qsgd(kept_buckets(blocks), s_, Qsgd::Norm::l2);
    coded.values = std::get<Quantized>(qsgd.compress(kept.values, of_values));
  } else {
    Sign sign(kept_buckets(blocks), Sign::Scale::l1);
    coded.values = std::get<Signs>(sign.compress(kept.values, of_values));
  }
  return coded;
}

MessageShape KeptValueCoding::shape(std::vector<Block> blocks) const {
  if (values_ == KeptValues::exact) {
    return {.representation = Representation::sparse, .blocks = std::move(blocks)};
  }
  return {
      .representation = Representation::coded_sparse,
      .blocks = std::move(blocks),
      .most_level = s_,
      .of_kept = values_ == KeptValues::signs ? Representation::signs : Representation::quantized};
}

}  // namespace gradwire::algorithms
