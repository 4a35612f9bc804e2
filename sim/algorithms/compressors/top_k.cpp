#include "sim/algorithms/compressors/top_k.hpp"

#include <algorithm>
#include <cassert>
#include <optional>
#include <utility>

namespace gradwire::algorithms {
namespace {

/// T_k: selects the largest entries of each block of a vector while it is being written.
class Largest final : public WriteObserver {
 public:
  /// p: [d]; guesses: one per block
  Largest(std::span<const float> p, const std::vector<Block>& blocks,
          std::vector<SelectionGuess>& guesses)
      : p_(p), blocks_(blocks), guesses_(guesses) {
    kept_.indices.reserve(total_k(blocks));
    kept_.values.reserve(total_k(blocks));
    begin_block();
  }

  void written(std::size_t end) override {
    while (entries_ && end > block().offset) {
      const std::size_t in_block = std::min(block().size, end - block().offset);
      entries_->written(in_block);
      if (in_block < block().size) return;
      end_block();
    }
  }

  /// Requests marks only for ranges within the current block.
  CandidateMask marks(std::size_t begin, std::size_t end) override {
    const auto& [offset, size, k] = block();
    if (begin < offset || end > offset + size) return {};
    return entries_->marks(begin - offset);
  }
  void marked(std::size_t begin, std::size_t end) override {
    entries_->marked(begin - block().offset, end - block().offset);
    written(end);
  }

  /// Returns the selection. Precondition: all of p is written.
  Sparse take() {
    written(p_.size());
    return std::move(kept_);
  }

 private:
  [[nodiscard]] const Block& block() const { return blocks_[current_]; }

  void begin_block() {
    if (current_ == blocks_.size()) return;
    entries_.emplace(p_.subspan(block().offset, block().size), block().kept, guesses_[current_]);
  }

  void end_block() {
    entries_->append(static_cast<std::uint32_t>(block().offset), kept_.indices, kept_.values);
    entries_.reset();
    ++current_;
    begin_block();
  }

  std::span<const float> p_;
  const std::vector<Block>& blocks_;
  std::vector<SelectionGuess>& guesses_;
  std::size_t current_ = 0;                ///< index of the block being written
  std::optional<LargestEntries> entries_;  ///< of the current block; none after the last
  Sparse kept_;
};

}  // namespace

Message Identity::compress(double gamma, const Model& theta, GradientOracle& gradient) {
  if (!writes_) {
    gradient.prepare(theta);
    return Unwritten{static_cast<float>(gamma), theta, &gradient};
  }
  Dense dense{Vector(theta->size())};
  gradient.write_scaled(static_cast<float>(gamma), theta, dense.values);
  return dense;
}

TopK::TopK(const Config& config)
    : blocks_(selection_blocks(config.layout, config.density, config.selection)),
      guesses_(blocks_.size()),
      memory_(config.layout.size(), 0.0F) {}

Message TopK::compress(double gamma, const Model& theta, GradientOracle& gradient) {
  assert(theta->size() == memory_.size());
  Largest largest(memory_, blocks_, guesses_);
  gradient.accumulate(static_cast<float>(gamma), theta, memory_, largest);  // e <- e + gamma g
  Sparse kept = largest.take();
  for (const std::uint32_t i : kept.indices) memory_[i] = 0.0F;  // e <- e - q, exactly
  return kept;
}

void TopK::rollback(const Message& lost) {
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
