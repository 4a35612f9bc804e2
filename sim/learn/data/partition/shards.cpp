#include "sim/learn/data/partition/shards.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <span>
#include <stdexcept>

#include "sim/core/error.hpp"
#include "sim/core/random.hpp"
#include "sim/core/stream_names.hpp"

namespace gradwire::learn {
namespace {

using Numbers = std::vector<std::uint32_t>;
using Sizes = std::vector<std::int64_t>;

Numbers all_of(std::int64_t samples) {
  Numbers numbers(static_cast<std::size_t>(samples));
  std::iota(numbers.begin(), numbers.end(), 0U);
  return numbers;
}

std::int64_t sum_of(const Sizes& sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), std::int64_t{0});
}

/// Checks sizes that the experiment file lists.
void check_sizes(const Sizes& sizes, std::int64_t samples, int workers) {
  const std::string place = "/base/dataset/partition/sizes";
  if (sizes.size() != static_cast<std::size_t>(workers)) {
    throw InputError(place, fmt::format("expected a size for each of the {} workers, got {} sizes",
                                        workers, sizes.size()));
  }
  if (sum_of(sizes) > samples) {
    throw InputError(place, fmt::format("must add up to at most {}, the number of training "
                                        "samples, got {}",
                                        samples, sum_of(sizes)));
  }
}

/// Shares of `samples` by one draw from Dirichlet(alpha, ..., alpha), each at least 1.
Sizes draw_sizes(double alpha, std::int64_t samples, int workers, std::uint64_t seed) {
  RandomStream random = stream(seed, stream_names::shard_sizes);
  std::vector<double> shares(static_cast<std::size_t>(workers));
  for (double& share : shares) share = random.gamma(alpha);
  const double total = std::accumulate(shares.begin(), shares.end(), 0.0);
  const auto spread = static_cast<double>(samples - workers);  // beyond one each
  Sizes sizes;
  for (const double share : shares) {
    sizes.push_back(1 + (total > 0 ? static_cast<std::int64_t>(share / total * spread) : 0));
  }
  return sizes;
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

Shards joined(const std::vector<Numbers>& of_worker) {
  Numbers samples;
  Sizes sizes;
  for (const Numbers& some : of_worker) {
    samples.insert(samples.end(), some.begin(), some.end());
    sizes.push_back(static_cast<std::int64_t>(some.size()));
  }
  return {std::move(samples), sizes};
}

/// Draws each worker's class preferences from Dirichlet(alpha, ..., alpha). The workers take
/// samples in turn, so that a class is exhausted for all of them at the same time (after Hsu, Qi,
/// Brown 2019).
Shards deal_dirichlet(double alpha, const SampleSet& train, const Sizes& sizes,
                      std::uint64_t seed) {
  Numbers numbers = all_of(train.count());
  stream(seed, stream_names::partition).shuffle(std::span(numbers));
  std::vector<Numbers> left(static_cast<std::size_t>(*std::ranges::max_element(train.labels())) +
                            1);
  for (const std::uint32_t i : numbers) {
    left[static_cast<std::size_t>(train.labels()[i])].push_back(i);
  }

  std::vector<std::vector<double>> preferences;
  for (std::size_t m = 0; m < sizes.size(); ++m) {
    RandomStream random = stream(seed, stream_names::dirichlet, m);
    preferences.emplace_back();
    for (std::size_t k = 0; k < left.size(); ++k) {
      preferences.back().push_back(random.gamma(alpha));
    }
  }
  std::vector<Numbers> of_worker(sizes.size());
  RandomStream random = stream(seed, stream_names::deal);
  const std::int64_t largest = *std::ranges::max_element(sizes);
  for (std::int64_t i = 0; i < largest; ++i) {
    for (std::size_t m = 0; m < sizes.size(); ++m) {
      if (i >= sizes[m]) continue;
      Numbers& some = left[choose(preferences[m], left, random)];
      of_worker[m].push_back(some.back());
      some.pop_back();
    }
  }
  return joined(of_worker);
}

/// Sorts by label, cuts into pieces and gives `per_worker` pieces to each worker (McMahan et al.
/// 2017). Each worker's pieces have the same size; what remains of its number of samples is
/// dropped.
Shards deal_shards(int per_worker, const SampleSet& train, const Sizes& sizes, std::uint64_t seed) {
  const std::int64_t smallest = *std::ranges::min_element(sizes);
  if (per_worker > smallest) {
    throw InputError("/base/dataset/partition/shards_per_worker",
                     fmt::format("must be in [1, {}], a worker's share of the {} training samples, "
                                 "got {}",
                                 smallest, train.count(), per_worker));
  }
  const auto pieces = static_cast<std::int64_t>(sizes.size()) * per_worker;
  Numbers numbers = all_of(train.count());
  stream(seed, stream_names::partition).shuffle(std::span(numbers));
  std::ranges::stable_sort(numbers, {}, [&](std::uint32_t i) { return train.labels()[i]; });
  Numbers order = all_of(pieces);
  stream(seed, stream_names::deal).shuffle(std::span(order));
  // Worker m's k-th piece has position order[m per_worker + k] in the sorted sequence.
  std::vector<std::ptrdiff_t> first(order.size() + 1);
  for (std::size_t i = 0; i < order.size(); ++i) {
    first[order[i] + 1] =
        static_cast<std::ptrdiff_t>(sizes[i / static_cast<std::size_t>(per_worker)] / per_worker);
  }
  std::partial_sum(first.begin(), first.end(), first.begin());
  std::vector<Numbers> of_worker(sizes.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    Numbers& some = of_worker[i / static_cast<std::size_t>(per_worker)];
    some.insert(some.end(), numbers.begin() + first[order[i]],
                numbers.begin() + first[order[i] + 1]);
  }
  return joined(of_worker);
}

/// Worker m gets samples of source m mod S only, S being the number of sources.
Shards deal_by_source(const SampleSet& train, int workers, std::uint64_t seed) {
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
  Numbers samples;
  for (std::size_t m = 0; m < count; ++m) {
    Numbers& some = left[m % sources];
    samples.insert(samples.end(), some.end() - static_cast<std::ptrdiff_t>(size), some.end());
    some.resize(some.size() - size);
  }
  return {std::move(samples), workers};
}

/// All samples in the order of one permutation.
Numbers permuted(std::int64_t samples, const RandomSource& draws) {
  Numbers numbers = all_of(samples);
  if (draws.as_pytorch) {
    numpy_shuffle(static_cast<std::uint32_t>(draws.seed), numbers);
  } else {
    stream(draws.seed, stream_names::partition).shuffle(std::span(numbers));
  }
  return numbers;
}

}  // namespace

void check_workers(std::int64_t samples, int workers) {
  if (workers >= 1 && workers <= samples) return;
  throw InputError("/base/workers", fmt::format("must be in [1, {}], the number of training "
                                                "samples, got {}",
                                                samples, workers));
}

Shards::Shards(std::vector<std::uint32_t> samples, int workers) : samples_(std::move(samples)) {
  const std::size_t size = samples_.size() / static_cast<std::size_t>(workers);
  samples_.resize(size * static_cast<std::size_t>(workers));
  for (int m = 1; m <= workers; ++m) ends_.push_back(size * static_cast<std::size_t>(m));
}

Shards::Shards(std::vector<std::uint32_t> samples, std::span<const std::int64_t> sizes)
    : samples_(std::move(samples)) {
  std::size_t end = 0;
  for (const std::int64_t size : sizes) {
    end += static_cast<std::size_t>(size);
    ends_.push_back(end);
  }
  samples_.resize(end);
}

std::span<const std::uint32_t> Shards::of(int worker) const {
  const auto m = static_cast<std::size_t>(worker);
  const std::size_t begin = m == 0 ? 0 : ends_[m - 1];
  return std::span(samples_).subspan(begin, ends_.at(m) - begin);
}

Sizes shard_sizes(const PartitionConfig& config, std::int64_t samples, int workers,
                  std::uint64_t seed) {
  check_workers(samples, workers);
  if (!config.sizes.empty()) {
    check_sizes(config.sizes, samples, workers);
    return config.sizes;
  }
  if (config.sizes_alpha) return draw_sizes(*config.sizes_alpha, samples, workers, seed);
  return Sizes(static_cast<std::size_t>(workers), samples / workers);
}

std::vector<ShardContents> contents_of(const Shards& shards, const Dataset& data) {
  std::vector<ShardContents> contents;
  for (int m = 0; m < shards.workers(); ++m) {
    ShardContents& one = contents.emplace_back();
    one.samples = shards.size(m);
    if (data.predicts_numbers) continue;
    std::map<Label, std::int64_t> counts;
    for (const std::uint32_t i : shards.of(m)) ++counts[data.train.labels()[i]];
    for (const auto& [label, samples] : counts) {
      one.labels.push_back({data.number_of(label), samples});
    }
  }
  return contents;
}

Shards partition_iid(std::int64_t samples, int workers, const RandomSource& draws) {
  check_workers(samples, workers);
  return {permuted(samples, draws), workers};
}

Shards make_shards(const PartitionConfig& config, const SampleSet& train, int workers,
                   const RandomSource& draws) {
  const Sizes sizes = shard_sizes(config, train.count(), workers, draws.seed);
  switch (config.kind) {
    case PartitionKind::iid:
      return {permuted(train.count(), draws), sizes};
    case PartitionKind::dirichlet:
      return deal_dirichlet(config.alpha, train, sizes, draws.seed);
    case PartitionKind::shards:
      return deal_shards(config.shards_per_worker, train, sizes, draws.seed);
    case PartitionKind::by_source:
      return deal_by_source(train, workers, draws.seed);
    case PartitionKind::consecutive:
      return {all_of(train.count()), sizes};
  }
  throw std::logic_error("no such partition");
}

}  // namespace gradwire::learn
