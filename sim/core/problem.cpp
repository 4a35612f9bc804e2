#include "sim/core/problem.hpp"

#include <algorithm>

#include "sim/kernels/arithmetic.hpp"

namespace gradwire {

void GradientOracle::write_scaled(float alpha, const Model& theta, std::span<float> out) {
  scale(alpha, at(theta), out);
}

void GradientOracle::accumulate(float alpha, const Model& theta, std::span<float> y,
                                WriteObserver& watcher) {
  constexpr std::size_t block = 2048;  // stays in the L1 cache
  const std::span<const float> g = at(theta);
  for (std::size_t begin = 0; begin < y.size(); begin += block) {
    const std::size_t n = std::min(block, y.size() - begin);
    const CandidateMask marks = watcher.marks(begin, begin + n);
    if (marks.bytes != nullptr) {
      add_scaled_and_mark(alpha, g.subspan(begin, n), y.subspan(begin, n), marks);
      watcher.marked(begin, begin + n);
    } else {
      add_scaled(alpha, g.subspan(begin, n), y.subspan(begin, n));
      watcher.written(begin + n);
    }
  }
}

void run_sequentially(std::size_t parts, const std::function<void(std::size_t)>& part) {
  for (std::size_t i = 0; i < parts; ++i) part(i);
}

}  // namespace gradwire
