#include "sim/kernels/weighted_sum.hpp"

#include <algorithm>
#include <cstddef>

#include "sim/kernels/arithmetic.hpp"

namespace gradwire {

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

}  // namespace gradwire
