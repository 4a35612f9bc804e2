#include "sim/algorithms/sampled_workers.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "sim/core/random.hpp"
#include "sim/core/stream_names.hpp"

namespace gradwire::algorithms {

int sampled_count(double share, int workers) {
  return std::clamp(static_cast<int>(std::llround(share * workers)), 1, workers);
}

/// The first steps of a Fisher-Yates shuffle.
std::vector<bool> sampled_workers(std::uint64_t seed, std::int64_t iteration, int workers,
                                  int count) {
  RandomStream random =
      stream(seed, stream_names::participation, static_cast<std::uint64_t>(iteration));
  std::vector<std::size_t> order(static_cast<std::size_t>(workers));
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::vector<bool> chosen(order.size());
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    std::swap(order[i], order[i + random.below(order.size() - i)]);
    chosen[order[i]] = true;
  }
  return chosen;
}

}  // namespace gradwire::algorithms
