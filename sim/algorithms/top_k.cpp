#include "sim/algorithms/top_k.hpp"

#include <algorithm>
#include <cassert>

namespace gradwire::algorithms {
namespace {

/// T_k: the largest entries of each block of a vector that is being written.
class Largest final : public Watcher {
 public:
  /// p: [d], guesses: one a block
  Largest(std::span<const float> p, const std::vector<Block>& blocks,
          std::vector<SelectionGuess>& guesses)
      : blocks_(blocks) {
    for (std::size_t b = 0; b < blocks.size(); ++b) {
      entries_.emplace_back(p.subspan(blocks[b].offset, blocks[b].size), blocks[b].kept,
                            guesses[b]);
    }
  }

  void written(std::size_t end) override {
    for (; current_ < blocks_.size() && blocks_[current_].offset < end; ++current_) {
      const auto& [offset, size, k] = blocks_[current_];
      entries_[current_].written(std::min(size, end - offset));
      if (end < offset + size) return;
    }
  }

  /// Of one block at a time.
  Marks marks(std::size_t begin, std::size_t end) override {
    const auto& [offset, size, k] = blocks_[current_];
    if (begin < offset || end > offset + size) return {};
    return entries_[current_].marks(begin - offset);
  }
  void marked(std::size_t begin, std::size_t end) override {
    entries_[current_].marked(begin - blocks_[current_].offset, end - blocks_[current_].offset);
    written(end);
  }

  /// All are.
  Sparse take() {
    Sparse kept;
    kept.indices.reserve(total_kept(blocks_));
    kept.values.reserve(total_kept(blocks_));
    for (std::size_t b = 0; b < blocks_.size(); ++b) {
      const auto offset = static_cast<std::uint32_t>(blocks_[b].offset);
      entries_[b].append(offset, kept.indices, kept.values);
    }
    return kept;
  }

 private:
  const std::vector<Block>& blocks_;
  std::vector<LargestEntries> entries_;  ///< one a block
  std::size_t current_ = 0;              ///< the block being written
};

}  // namespace

Message Identity::compress(double gamma, const Model& theta, GradientOracle& gradient) {
  if (!writes_) {
    gradient.prepare(theta);
    return Unwritten{static_cast<float>(gamma), theta, &gradient};
  }
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
  Largest largest(memory_, blocks_, guesses_);
  gradient.accumulate(static_cast<float>(gamma), theta, memory_, largest);  // e <- e + gamma g
  Sparse kept = largest.take();
  for (const std::uint32_t i : kept.indices) memory_[i] = 0.0F;  // e <- e - q, exactly
  return kept;
}

void TopK::take_back(const Message& lost) {
  const auto& [indices, values] = std::get<Sparse>(lost);
  for (std::size_t i = 0; i < indices.size(); ++i) memory_[indices[i]] = values[i];  // e is 0 there
}

Bytes TopK::state_bytes() const {
  return {static_cast<std::int64_t>(memory_.size() * sizeof(float))};
}

TopK::Config top_k_config(const AlgorithmConfig& config, const Layout& layout) {
  return {
      .layout = layout, .density = config.density, .selection = selection_named(config.selection)};
}

}  // namespace gradwire::algorithms
