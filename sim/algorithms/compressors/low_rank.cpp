#include "sim/algorithms/compressors/low_rank.hpp"

#include <algorithm>
#include <utility>

#include "sim/algorithms/compressors/half_power_iteration.hpp"
#include "sim/algorithms/compressors/orthonormal.hpp"
#include "sim/algorithms/compressors/power_iteration.hpp"
#include "sim/kernels/arithmetic.hpp"
#include "sim/kernels/thin_products.hpp"

namespace gradwire::algorithms {
namespace {

enum class Variant { paper, package };

constexpr Choice variant_choices[] = {
    {"paper", "the research code: both factors in each iteration, in dependent exchanges"},
    {"package",
     "the newer package: one factor in each iteration, alternating sides; the error memory leaves "
     "out what the worker's own factor has; tensors that would shrink to no less than half are "
     "sent whole"}};
static_assert(has_row_for_each(variant_choices, Variant::package));
constexpr ChoiceParameter variant_parameter{.key = "variant",
                                            .help = "which of the authors' programs is followed",
                                            .choices = variant_choices,
                                            .default_value = "paper"};
constexpr WholeParameter dense_steps_parameter{
    .key = "dense_steps",
    .help = "iterations at the start in which variant package sends whole gradients",
    .range = {0, 1'000'000'000},
    .default_value = 100};
constexpr Parameter low_rank_parameters[] = {&rank_parameter, &variant_parameter,
                                             &dense_steps_parameter};

bool is_package(const AlgorithmConfig& config) {
  return config.choice<Variant>(variant_parameter) == Variant::package;
}

std::vector<FactoredTensor> tensors_of(const AlgorithmConfig& config, const Layout& layout) {
  auto tensors = matrices_of(layout, static_cast<std::size_t>(config.get(rank_parameter)));
  if (is_package(config)) std::erase_if(tensors, HalfPowerIteration::shrinks_too_little);
  return tensors;
}

void add(Vector& sum, std::span<const float> values) {
  if (sum.empty()) {
    sum.assign(values.begin(), values.end());
  } else {
    add_scaled(1.0F, values, sum);
  }
}

void divide(Vector& sum, std::size_t count) {
  if (count > 1) scale(1.0F / static_cast<float>(count), sum, sum);
}

/// Calls visit(begin, count) for each gap between the factored tensors of [0, d).
template <class Visit>
void for_each_gap(std::size_t d, std::span<const FactoredTensor> tensors, const Visit& visit) {
  std::size_t begin = 0;
  for (const FactoredTensor& tensor : tensors) {
    visit(begin, tensor.offset - begin);
    begin = tensor.offset + tensor.size();
  }
  visit(begin, d - begin);
}

}  // namespace

std::vector<FactoredTensor> matrices_of(const Layout& layout, std::size_t rank) {
  std::vector<FactoredTensor> tensors;
  for (const TensorSlot& tensor : layout.tensors()) {
    if (tensor.shape.size() < 2 || tensor.size == 0) continue;
    const auto rows = static_cast<std::size_t>(tensor.shape.front());
    const std::size_t columns = tensor.size / rows;
    tensors.push_back({.offset = static_cast<std::uint32_t>(tensor.offset),
                       .rows = static_cast<std::uint32_t>(rows),
                       .columns = static_cast<std::uint32_t>(columns),
                       .rank = static_cast<std::uint32_t>(std::min({rows, columns, rank}))});
  }
  return tensors;
}

Vector rest_of(std::span<const float> v, std::span<const FactoredTensor> tensors) {
  Vector rest;
  for_each_gap(v.size(), tensors, [&](std::size_t begin, std::size_t count) {
    const auto gap = v.subspan(begin, count);
    rest.insert(rest.end(), gap.begin(), gap.end());
  });
  return rest;
}

void clear_rest(std::span<float> v, std::span<const FactoredTensor> tensors) {
  for_each_gap(v.size(), tensors, [&](std::size_t begin, std::size_t count) {
    std::ranges::fill(v.subspan(begin, count), 0.0F);
  });
}

LowRank unfactored(std::span<const float> v, std::vector<FactoredTensor> tensors) {
  Vector rest = rest_of(v, tensors);
  return {.size = static_cast<std::uint32_t>(v.size()),
          .tensors = std::move(tensors),
          .left = {},
          .right = {},
          .scales = {},
          .rest = std::move(rest),
          .held = {}};
}

Vector mean_of(std::span<const Message> messages, Vector LowRank::*part) {
  Vector sum;
  std::size_t count = 0;
  for (const Message& message : messages) {
    if (const auto* sent = std::get_if<LowRank>(&message)) {
      add(sum, sent->*part);
      ++count;
    }
  }
  divide(sum, count);
  return sum;
}

Dense mean_of_dense(std::span<const Message> messages) {
  Dense mean;
  std::size_t count = 0;
  for (const Message& message : messages) {
    if (const auto* sent = std::get_if<Dense>(&message)) {
      add(mean.values, sent->values);
      ++count;
    }
  }
  divide(mean.values, count);
  return mean;
}

const Message* first_sent(std::span<const Message> messages) {
  const auto found = std::ranges::find_if(
      messages, [](const Message& message) { return !std::holds_alternative<Skip>(message); });
  return found != messages.end() ? &*found : nullptr;
}

void multiply_by_right(std::span<const float> v, std::span<const FactoredTensor> tensors,
                       Vector& right, Vector& left) {
  FactorReader rights(right);
  FactorReader lefts(left);
  for (const FactoredTensor& tensor : tensors) {
    products_with_rows(v.subspan(tensor.offset, tensor.size()),
                       rights.next(tensor.columns, tensor.rank), tensor.columns,
                       lefts.next(tensor.rows, tensor.rank));
  }
}

void multiply_by_left(std::span<const float> v, std::span<const FactoredTensor> tensors,
                      Vector& left, Vector& right) {
  FactorReader rights(right);
  FactorReader lefts(left);
  for (const FactoredTensor& tensor : tensors) {
    products_with_columns(lefts.next(tensor.rows, tensor.rank),
                          v.subspan(tensor.offset, tensor.size()), tensor.columns,
                          rights.next(tensor.columns, tensor.rank));
  }
}

void orthonormalise_left(std::span<const FactoredTensor> tensors, Vector& left,
                         const RandomKey& key) {
  FactorReader lefts(left);
  for (const FactoredTensor& tensor : tensors) {
    orthonormalise_columns(lefts.next(tensor.rows, tensor.rank), tensor.rank,
                           key_of_part(key, tensor.offset));
  }
}

void orthonormalise_right(std::span<const FactoredTensor> tensors, Vector& right,
                          const RandomKey& key) {
  FactorReader rights(right);
  for (const FactoredTensor& tensor : tensors) {
    orthonormalise_rows(rights.next(tensor.columns, tensor.rank), tensor.columns,
                        key_of_part(key, tensor.offset));
  }
}

constinit const CompressorKind low_rank_kind{
    .name = "low_rank",
    .summary = "tensors as products of two thin factors, from one step of a power iteration",
    .source = "Vogels et al., arXiv 1905.13727, Algorithms 1 and 2, and the authors' repository",
    .parameters = low_rank_parameters,
    .cost = {1.5e-10, 1e-9, 2e-9},
    .shape =
        [](const AlgorithmConfig& config, const Layout& layout) {
          MessageShape shape{.representation = Representation::low_rank,
                             .tensors = tensors_of(config, layout)};
          const bool has_tensors = !shape.tensors.empty();
          shape.held = {.left = has_tensors, .rest = has_tensors && !is_package(config)};
          return shape;
        },
    .make = [](const AlgorithmConfig& config, const Layout& layout) -> std::unique_ptr<Compressor> {
      if (is_package(config)) {
        return std::make_unique<HalfPowerIteration>(tensors_of(config, layout),
                                                    config.get(dense_steps_parameter));
      }
      return std::make_unique<PowerIteration>(tensors_of(config, layout), layout.size());
    },
    .refuses_error_memory = accepts_error_memory,
    .needs_every_worker = true,
    .settles =
        [](const AlgorithmConfig& config) {
          return is_package(config) ? config.get(dense_steps_parameter) : 0;
        }};

}  // namespace gradwire::algorithms
