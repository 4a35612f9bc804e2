#include "sim/learn/pytorch_random.hpp"

#include <bit>
#include <limits>
#include <numeric>
#include <utility>

namespace gradwire::learn {

float PytorchGenerator::uniform(float low, float high) {
  constexpr int digits = std::numeric_limits<float>::digits;
  constexpr std::uint32_t mask = (1U << digits) - 1U;
  const float unit = static_cast<float>(next() & mask) * (1.0F / (1U << digits));
  return unit * (high - low) + low;
}

std::vector<std::uint32_t> PytorchGenerator::permutation(std::uint32_t n) {
  std::vector<std::uint32_t> items(n);
  std::iota(items.begin(), items.end(), 0U);
  for (std::uint32_t i = 0; i + 1 < n; ++i) std::swap(items[i], items[i + next() % (n - i)]);
  return items;
}

void numpy_shuffle(std::uint32_t seed, std::span<std::uint32_t> items) {
  std::mt19937 engine(seed);
  const auto up_to = [&](std::uint32_t largest) {
    const auto mask = static_cast<std::uint32_t>(std::bit_ceil(largest + 1ULL) - 1U);
    for (;;) {
      const std::uint32_t value = static_cast<std::uint32_t>(engine()) & mask;
      if (value <= largest) return value;
    }
  };
  for (std::size_t i = items.size(); i-- > 1;) {
    std::swap(items[i], items[up_to(static_cast<std::uint32_t>(i))]);
  }
}

LoaderSeeds::LoaderSeeds(std::uint64_t seed, std::uint64_t drawn_before, int workers,
                         std::int64_t iterations_per_epoch)
    : start_(seed), workers_(workers), iterations_per_epoch_(iterations_per_epoch) {
  start_.discard(drawn_before);
}

std::vector<std::uint64_t> LoaderSeeds::of(std::int64_t epoch) const {
  constexpr std::int64_t evaluate_every = 100;
  const auto workers = static_cast<std::uint64_t>(workers_);
  const std::int64_t iterations_done = epoch * iterations_per_epoch_;
  const auto tests = static_cast<std::uint64_t>(iterations_done / evaluate_every + epoch);

  PytorchGenerator generator = start_;
  generator.discard(2 * (static_cast<std::uint64_t>(epoch) * 2 * workers + tests));
  generator.discard(2 * workers);  // this epoch's base seeds
  std::vector<std::uint64_t> seeds(workers);
  constexpr auto largest = std::numeric_limits<std::int64_t>::max();
  for (std::uint64_t& seed : seeds) seed = generator.next64() & static_cast<std::uint64_t>(largest);
  return seeds;
}

}  // namespace gradwire::learn
