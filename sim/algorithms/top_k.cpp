#include "sim/algorithms/top_k.hpp"

#include <cassert>

#include "sim/core/kernels.hpp"

namespace gradwire::algorithms {
namespace {

/// T_k: the largest entries of each block.   p: [d]
Sparse largest(std::span<const float> p, const std::vector<Block>& blocks) {
  Sparse kept;
  kept.indices.reserve(total_kept(blocks));
  for (const auto& [offset, size, k] : blocks) {
    select_largest(p.subspan(offset, size), k, static_cast<std::uint32_t>(offset), kept.indices);
  }
  kept.values.reserve(kept.indices.size());
  for (const std::uint32_t i : kept.indices) kept.values.push_back(p[i]);
  return kept;
}

}  // namespace

// Not static, although it has no state: it stands where a compressor with a memory may stand.
Message Identity::compress(double gamma, std::span<const float> g) {
  Dense dense{Vector(g.size())};
  scale(static_cast<float>(gamma), g, dense.values);
  return dense;
}

TopK::TopK(const Config& config)
    : blocks_(selection_blocks(config.layout, config.density, config.selection)),
      memory_(config.layout.size(), 0.0F) {}

Message TopK::compress(double gamma, std::span<const float> g) {
  assert(g.size() == memory_.size());
  add_scaled(static_cast<float>(gamma), g, memory_);  // e <- e + gamma g
  Sparse kept = largest(memory_, blocks_);
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
