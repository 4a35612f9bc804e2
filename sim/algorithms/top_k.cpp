#include "sim/algorithms/top_k.hpp"

#include <cassert>

namespace gradwire::algorithms {
namespace {

/// T_k: the largest entries of each block.   p: [d], guesses: one a block
Sparse largest(std::span<const float> p, const std::vector<Block>& blocks,
               std::vector<SelectionGuess>& guesses) {
  Sparse kept;
  kept.indices.reserve(total_kept(blocks));
  for (std::size_t b = 0; b < blocks.size(); ++b) {
    const auto& [offset, size, k] = blocks[b];
    select_largest(p.subspan(offset, size), k, static_cast<std::uint32_t>(offset), kept.indices,
                   guesses[b]);
  }
  kept.values.reserve(kept.indices.size());
  for (const std::uint32_t i : kept.indices) kept.values.push_back(p[i]);
  return kept;
}

}  // namespace

// Not static, although it has no state: it stands where a compressor with a memory may stand.
Message Identity::compress(double gamma, const Model& theta, GradientOracle& gradient) {
  Dense dense{Vector(theta->parameters.size())};
  gradient.write_scaled(static_cast<float>(gamma), theta, dense.values);
  return dense;
}

TopK::TopK(const Config& config)
    : blocks_(selection_blocks(config.layout, config.density, config.selection)),
      guesses_(blocks_.size()),
      memory_(config.layout.size(), 0.0F) {}

Message TopK::compress(double gamma, const Model& theta, GradientOracle& gradient) {
  assert(theta->parameters.size() == memory_.size());
  gradient.accumulate(static_cast<float>(gamma), theta, memory_);  // e <- e + gamma g
  Sparse kept = largest(memory_, blocks_, guesses_);
  for (const std::uint32_t i : kept.indices) memory_[i] = 0.0F;  // e <- e - q, exactly
  return kept;
}

Bytes TopK::state_bytes() const {
  return {static_cast<std::int64_t>(memory_.size() * sizeof(float))};
}

TopK::Config top_k_config(const AlgorithmConfig& config, const Layout& layout) {
  return {
      .layout = layout, .density = config.density, .selection = selection_named(config.selection)};
}

}  // namespace gradwire::algorithms
