#include "sim/algorithms/gossip/weighted_sum.hpp"

#include <algorithm>

#include "sim/kernels/arithmetic.hpp"

namespace gradwire::algorithms {

void weighted_sum(std::span<const Weighted> vectors, std::span<float> out) {
  constexpr std::size_t block = 4096;  // stays in the first cache
  for (std::size_t begin = 0; begin < out.size(); begin += block) {
    const std::size_t size = std::min(block, out.size() - begin);
    const auto part = out.subspan(begin, size);
    scale(vectors.front().weight, vectors.front().vector.subspan(begin, size), part);
    for (const Weighted& one : vectors.subspan(1)) {
      add_scaled(one.weight, one.vector.subspan(begin, size), part);
    }
  }
}

std::vector<Weighted> row_of(const MixingMatrix& mixing, int node,
                             const std::function<std::span<const float>(int node)>& vector_of) {
  const auto index = static_cast<std::size_t>(node);
  std::vector<Weighted> row{{mixing.own[index], vector_of(node)}};
  for (const MixingMatrix::Incoming& one : mixing.incoming[index]) {
    row.push_back({one.weight, vector_of(one.from)});
  }
  return row;
}

void add_weighted(float weight, const Message& message, std::span<float> y, Vector& scratch) {
  if (const auto* sparse = std::get_if<Sparse>(&message)) {
    for (std::size_t k = 0; k < sparse->indices.size(); ++k) {
      y[sparse->indices[k]] += weight * sparse->values[k];
    }
    return;
  }
  if (const auto* dense = std::get_if<Dense>(&message)) return add_scaled(weight, dense->values, y);
  scratch.assign(y.size(), 0.0F);
  add_to(message, scratch);
  add_scaled(weight, scratch, y);
}

}  // namespace gradwire::algorithms
