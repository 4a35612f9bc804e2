#include "sim/learn/data/shards.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <span>
#include <stdexcept>

#include "sim/core/error.hpp"
#include "sim/core/random.hpp"
#include "sim/core/stream_names.hpp"

namespace gradwire::learn {
namespace {

using Numbers = std::vector<std::uint32_t>;

Numbers all_of(std::int64_t samples) {
  Numbers numbers(static_cast<std::size_t>(samples));
  std::iota(numbers.begin(), numbers.end(), 0U);
  return numbers;
}

std::size_t shard_size(std::int64_t samples, int workers) {
  if (workers < 1 || workers > samples) {
    throw InputError("/base/workers", fmt::format("must be in [1, {}], the number of training "
                                                  "samples, got {}",
                                                  samples, workers));
  }
  return static_cast<std::size_t>(samples / workers);
}

/// Draws the class of a worker's next sample by its preferences, among classes with samples left.
std::size_t choose(std::span<const double> preferences, std::span<const Numbers> left,
                   RandomStream& random) {
  double total = 0;
  for (std::size_t k = 0; k < left.size(); ++k) total += left[k].empty() ? 0 : preferences[k];
  // Preferences may be so skewed that those of all remaining classes are zero; the numbers of
  // samples left then take their place.
  const auto weight = [&](std::size_t k) {
    if (left[k].empty()) return 0.0;
    return total > 0 ? preferences[k] : static_cast<double>(left[k].size());
  };
  if (total <= 0) {
    for (const Numbers& some : left) total += static_cast<double>(some.size());
  }
  double point = random.uniform() * total;
  std::size_t last = 0;
  for (std::size_t k = 0; k < left.size(); ++k) {
    if (weight(k) <= 0) continue;
    last = k;
    point -= weight(k);
    if (point < 0) break;
  }
  return last;
}

/// Draws each worker's class preferences from Dirichlet(alpha, ..., alpha). The workers take
/// samples in turn, so that a class is exhausted for all of them at the same time (after Hsu, Qi,
/// Brown 2019).
Numbers deal_dirichlet(double alpha, const SampleSet& train, int workers, std::uint64_t seed) {
  const std::size_t size = shard_size(train.count(), workers);
  Numbers numbers = all_of(train.count());
  stream(seed, stream_names::partition).shuffle(std::span(numbers));
  std::vector<Numbers> left(*std::ranges::max_element(train.labels()) + std::size_t{1});
  for (const std::uint32_t i : numbers) left[train.labels()[i]].push_back(i);

  std::vector<std::vector<double>> preferences;
  for (int m = 0; m < workers; ++m) {
    RandomStream random = stream(seed, stream_names::dirichlet, static_cast<std::uint64_t>(m));
    preferences.emplace_back();
    for (std::size_t k = 0; k < left.size(); ++k) {
      preferences.back().push_back(random.gamma(alpha));
    }
  }
  Numbers shards(size * static_cast<std::size_t>(workers));
  RandomStream random = stream(seed, stream_names::deal);
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t m = 0; m < static_cast<std::size_t>(workers); ++m) {
      Numbers& some = left[choose(preferences[m], left, random)];
      shards[m * size + i] = some.back();
      some.pop_back();
    }
  }
  return shards;
}

/// Sorts by label, cuts into pieces and gives `per_worker` pieces to each worker (McMahan et al.
/// 2017).
Numbers deal_shards(int per_worker, const SampleSet& train, int workers, std::uint64_t seed) {
  const std::int64_t pieces = std::int64_t{workers} * per_worker;
  if (pieces > train.count()) {
    throw InputError("/base/dataset/partition/shards_per_worker",
                     fmt::format("must be in [1, {}], a worker's share of the {} training samples, "
                                 "got {}",
                                 shard_size(train.count(), workers), train.count(), per_worker));
  }
  Numbers numbers = all_of(train.count());
  stream(seed, stream_names::partition).shuffle(std::span(numbers));
  std::ranges::stable_sort(numbers, {}, [&](std::uint32_t i) { return train.labels()[i]; });
  Numbers order = all_of(pieces);
  stream(seed, stream_names::deal).shuffle(std::span(order));
  const auto piece = static_cast<std::ptrdiff_t>(train.count() / pieces);
  Numbers shards;
  for (const std::uint32_t i : order) {
    const auto first = numbers.begin() + static_cast<std::ptrdiff_t>(i) * piece;
    shards.insert(shards.end(), first, first + piece);
  }
  return shards;
}

/// Worker m gets samples of source m mod S only, S being the number of sources.
Numbers deal_by_source(const SampleSet& train, int workers, std::uint64_t seed) {
  const std::size_t sources = train.sources();
  if (sources < 2 || static_cast<std::size_t>(workers) < sources) {
    throw InputError("/base/dataset/partition/kind",
                     fmt::format("by_source expects a dataset of several sources (cifar10+mnist) "
                                 "and a worker for each, got {} and {}",
                                 sources, workers));
  }
  std::vector<Numbers> left(sources);
  for (const std::uint32_t i : all_of(train.count())) left[train.source_of(i)].push_back(i);
  const auto count = static_cast<std::size_t>(workers);
  std::size_t size = left.front().size();
  for (std::size_t s = 0; s < sources; ++s) {
    stream(seed, stream_names::partition, s).shuffle(std::span(left[s]));
    size = std::min(size, left[s].size() / ((count - s + sources - 1) / sources));
  }
  if (size == 0) throw InputError("/base/workers", "too many for the samples of each source");
  Numbers shards;
  for (std::size_t m = 0; m < count; ++m) {
    Numbers& some = left[m % sources];
    shards.insert(shards.end(), some.end() - static_cast<std::ptrdiff_t>(size), some.end());
    some.resize(some.size() - size);
  }
  return shards;
}

}  // namespace

Numbers partition_iid(std::int64_t samples, int workers, const RandomSource& draws) {
  const std::size_t size = shard_size(samples, workers);
  Numbers shards = all_of(samples);
  if (draws.as_pytorch) {
    numpy_shuffle(static_cast<std::uint32_t>(draws.seed), shards);
  } else {
    stream(draws.seed, stream_names::partition).shuffle(std::span(shards));
  }
  shards.resize(size * static_cast<std::size_t>(workers));
  return shards;
}

Numbers make_shards(const PartitionConfig& config, const SampleSet& train, int workers,
                    const RandomSource& draws) {
  switch (config.kind) {
    case PartitionKind::iid:
      return partition_iid(train.count(), workers, draws);
    case PartitionKind::dirichlet:
      return deal_dirichlet(config.alpha, train, workers, draws.seed);
    case PartitionKind::shards:
      return deal_shards(config.shards_per_worker, train, workers, draws.seed);
    case PartitionKind::by_source:
      return deal_by_source(train, workers, draws.seed);
  }
  throw std::logic_error("no such partition");
}

}  // namespace gradwire::learn
