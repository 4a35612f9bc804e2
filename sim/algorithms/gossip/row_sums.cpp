#include "sim/algorithms/gossip/row_sums.hpp"

#include <algorithm>
#include <array>
#include <variant>

#include "sim/kernels/arithmetic.hpp"

namespace gradwire::algorithms {

std::vector<Weighted> row_of(const MixingMatrix& mixing, int node,
                             const std::function<std::span<const float>(int node)>& vector_of) {
  const auto index = static_cast<std::size_t>(node);
  std::vector<Weighted> row{{mixing.own[index], vector_of(node)}};
  for (const MixingMatrix::Incoming& one : mixing.incoming[index]) {
    row.push_back({one.weight, vector_of(one.from)});
  }
  return row;
}

std::vector<WeightedMessage> pulls_of(const MixingMatrix& mixing, int node,
                                      std::span<const Message> messages, float factor) {
  const auto index = static_cast<std::size_t>(node);
  std::vector<WeightedMessage> pulls{{factor * (mixing.own[index] - 1.0F), &messages[index]}};
  for (const MixingMatrix::Incoming& one : mixing.incoming[index]) {
    pulls.push_back({factor * one.weight, &messages[static_cast<std::size_t>(one.from)]});
  }
  return pulls;
}

namespace {

void add_weighted_entries(float weight, const Sparse& sparse, std::span<float> y) {
  for (std::size_t k = 0; k < sparse.indices.size(); ++k) {
    y[sparse.indices[k]] += weight * sparse.values[k];
  }
}

/// Block by block, so that a block of y stays in the first cache.
void add_weighted_blocks(std::span<const WeightedMessage> messages, std::span<float> y) {
  constexpr std::size_t block = 2048;
  std::array<float, block + overrun> part;
  std::vector<MessageBlocks> all;
  for (const WeightedMessage& one : messages) all.emplace_back(*one.message);
  for (std::size_t begin = 0; begin < y.size(); begin += block) {
    const std::size_t size = std::min(block, y.size() - begin);
    for (std::size_t m = 0; m < messages.size(); ++m) {
      const std::span<float> values(part.data(), size);
      std::ranges::fill(values, 0.0F);
      all[m].add_to(values, begin);
      add_scaled(messages[m].weight, values, y.subspan(begin, size));
    }
  }
}

}  // namespace

void add_weighted(std::span<const WeightedMessage> messages, std::span<float> y) {
  const bool all_sparse = std::ranges::all_of(messages, [](const WeightedMessage& one) {
    return std::holds_alternative<Sparse>(*one.message);
  });
  if (!all_sparse) return add_weighted_blocks(messages, y);
  for (const WeightedMessage& one : messages) {
    add_weighted_entries(one.weight, std::get<Sparse>(*one.message), y);
  }
}

}  // namespace gradwire::algorithms
