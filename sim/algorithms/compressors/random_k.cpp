#include "sim/algorithms/compressors/random_k.hpp"

#include <utility>

#include "sim/kernels/sampling.hpp"

namespace gradwire::algorithms {
namespace {

/// Factor on the entries sent: 1, or d/k.
enum class Scaling { none, unbiased };

constexpr Choice scaling_choices[] = {
    {"none", "entries as they are"},
    {"unbiased", "times d/k, so that the expectation is the vector itself"}};
static_assert(has_row_for_each(scaling_choices, Scaling::unbiased));
constexpr ChoiceParameter scaling_parameter{.key = "scaling",
                                            .help = "factor on the entries sent",
                                            .choices = scaling_choices,
                                            .default_value = "none"};
/// Who draws the positions.
enum class Positions { own, common };

constexpr Choice positions_choices[] = {
    {"own", "each worker draws its own"},
    {"common", "all workers draw the same, so that their messages can be added on the way"}};
static_assert(has_row_for_each(positions_choices, Positions::common));
constexpr ChoiceParameter positions_parameter{.key = "positions",
                                              .help = "of the entries sent in an iteration",
                                              .choices = positions_choices,
                                              .default_value = "own"};
constexpr Parameter random_k_parameters[] = {&density_parameter, &selection_parameter,
                                             &scaling_parameter, &kept_values_parameter,
                                             &levels_parameter,  &positions_parameter};

bool is_common(const AlgorithmConfig& config) {
  return config.choice<Positions>(positions_parameter) == Positions::common;
}

bool is_unbiased(const AlgorithmConfig& config) {
  return config.choice<Scaling>(scaling_parameter) == Scaling::unbiased;
}

}  // namespace

bool draws_common_positions(const AlgorithmConfig& config) {
  return is_common(config) && config.choice<KeptValues>(kept_values_parameter) == KeptValues::exact;
}

RandomK::RandomK(std::vector<Block> blocks, bool is_unbiased, KeptValueCoding values,
                 bool is_common)
    : blocks_(std::move(blocks)),
      is_unbiased_(is_unbiased),
      values_(values),
      is_common_(is_common) {}

Message RandomK::compress(std::span<const float> v, const StepContext& step) {
  Sparse sparse;
  sparse.indices.reserve(total_k(blocks_));
  sparse.values.reserve(total_k(blocks_));
  for (std::size_t b = 0; b < blocks_.size(); ++b) {
    const auto& [offset, size, kept] = blocks_[b];
    sample_without_replacement(key_of_part(is_common_ ? step.shared : step.random, b), size, kept,
                               sparse.indices, static_cast<std::uint32_t>(offset));
    const float factor = is_unbiased_ ? static_cast<float>(size) / static_cast<float>(kept) : 1.0F;
    for (std::size_t i = sparse.values.size(); i < sparse.indices.size(); ++i) {
      sparse.values.push_back(factor * v[sparse.indices[i]]);
    }
  }
  return values_.code(std::move(sparse), blocks_, step);
}

std::unique_ptr<Compressor> RandomK::clone() const { return std::make_unique<RandomK>(*this); }

constinit const CompressorKind random_k_kind{
    .name = "random_k",
    .summary = "entries drawn at random",
    .source = "Stich et al., arXiv 1809.07599; coded values: Basu et al., arXiv 1906.02367",
    .parameters = random_k_parameters,
    .cost = {6e-10, 1.3e-8, 2e-8},
    .shape =
        [](const AlgorithmConfig& config, const Layout& layout) {
          MessageShape shape = KeptValueCoding(config).shape(selection_blocks(config, layout));
          shape.support_is_drawn = true;
          return shape;
        },
    .make = [](const AlgorithmConfig& config, const Layout& layout) -> std::unique_ptr<Compressor> {
      return std::make_unique<RandomK>(selection_blocks(config, layout), is_unbiased(config),
                                       KeptValueCoding(config), is_common(config));
    },
    .refuses_error_memory =
        [](const AlgorithmConfig& config) {
          return is_unbiased(config)
                     ? std::string(
                           "random_k with scaling unbiased multiplies by d/k, which an "
                           "error memory amplifies without bound")
                     : std::string();
        },
    .conditions = kept_values_conditions};

}  // namespace gradwire::algorithms
