#include "sim/learn/data/sampler.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "sim/core/error.hpp"
#include "sim/core/random.hpp"
#include "sim/core/stream_names.hpp"

namespace gradwire::learn {

void check_partition(std::int64_t samples, int workers, int batch_size) {
  if (workers < 1 || workers > samples) {
    throw InputError("/base/workers", fmt::format("must be in [1, {}], the number of training "
                                                  "samples, got {}",
                                                  samples, workers));
  }
  const std::int64_t shard = samples / workers;
  if (batch_size < 1 || batch_size > shard) {
    throw InputError("/base/batch_size",
                     fmt::format("must be in [1, {}], a worker's share of the {} training samples, "
                                 "got {}",
                                 shard, samples, batch_size));
  }
}

EpochPermutation::EpochPermutation(std::vector<std::uint32_t> samples, std::int64_t shard_size,
                                   int batch_size)
    : samples_(std::move(samples)),
      shard_size_(static_cast<std::size_t>(shard_size)),
      batch_size_(static_cast<std::size_t>(batch_size)) {}

std::span<const std::uint32_t> EpochPermutation::batch(int worker, std::int64_t round) const {
  const std::size_t first = static_cast<std::size_t>(worker) * shard_size_;
  return std::span(samples_).subspan(first + static_cast<std::size_t>(round) * batch_size_,
                                     batch_size_);
}

Sampler::Sampler(std::vector<std::uint32_t> shards, int workers, int batch_size,
                 const RandomSource& draws, std::int64_t weights_drawn)
    : workers_(workers), batch_size_(batch_size), seed_(draws.seed), shards_(std::move(shards)) {
  const auto samples = static_cast<std::int64_t>(shards_.size());
  check_partition(samples, workers, batch_size);
  cached_orders_ = std::vector<CachedOrder>(static_cast<std::size_t>(workers));
  shard_size_ = samples / workers;
  if (!draws.as_pytorch) return;
  loaders_.emplace(seed_, static_cast<std::uint64_t>(weights_drawn * draws.models), workers,
                   iterations_per_epoch());
}

std::span<const std::uint32_t> Sampler::shard(int worker) const {
  const auto size = static_cast<std::size_t>(shard_size_);
  return std::span(shards_).subspan(static_cast<std::size_t>(worker) * size, size);
}

std::vector<std::uint64_t> Sampler::loader_seeds(std::int64_t epoch) const {
  return loaders_ ? loaders_->of(epoch) : std::vector<std::uint64_t>{};
}

void Sampler::shuffle(std::span<std::uint32_t> part, int worker, std::int64_t epoch,
                      std::span<const std::uint64_t> seeds) const {
  const auto m = static_cast<std::size_t>(worker);
  if (!loaders_) {
    stream(seed_, stream_names::batch, m, static_cast<std::uint64_t>(epoch)).shuffle(part);
    return;
  }
  const auto positions =
      PytorchGenerator(seeds[m]).permutation(static_cast<std::uint32_t>(part.size()));
  const auto samples = shard(worker);
  std::ranges::transform(positions, part.begin(), [&](std::uint32_t i) { return samples[i]; });
}

Sampler::Order Sampler::shuffled(std::int64_t epoch) const {
  Order order = shards_;
  const auto size = static_cast<std::size_t>(shard_size_);
  const auto seeds = loader_seeds(epoch);
  for (int m = 0; m < workers_; ++m) {
    shuffle(std::span(order).subspan(static_cast<std::size_t>(m) * size, size), m, epoch, seeds);
  }
  return order;
}

std::shared_ptr<const Sampler::Order> Sampler::order(int worker, std::int64_t epoch) const {
  CachedOrder& cached = cached_orders_.at(static_cast<std::size_t>(worker));
  const std::lock_guard lock(cached.mutex);
  if (cached.epoch == epoch) return cached.order;
  const auto samples = shard(worker);
  Order order(samples.begin(), samples.end());
  shuffle(order, worker, epoch, loader_seeds(epoch));
  cached.order = std::make_shared<const Order>(std::move(order));
  cached.epoch = epoch;
  return cached.order;
}

std::vector<std::uint32_t> Sampler::batch(int worker, const BatchRange& range) const {
  if (range.step < 0 || range.first < 0 || range.size < 1) {
    throw std::logic_error("a minibatch before the first sample, or without samples");
  }
  const std::int64_t per_epoch = iterations_per_epoch() * batch_size_;
  const std::int64_t end = range.first + range.size;
  std::vector<std::uint32_t> samples;
  samples.reserve(static_cast<std::size_t>(range.size));
  for (std::int64_t next = range.first; next < end;) {
    const std::int64_t in_epoch = next % per_epoch;
    const std::int64_t count = std::min(end - next, per_epoch - in_epoch);
    const auto visited = order(worker, next / per_epoch);
    const auto begin = visited->begin() + in_epoch;
    samples.insert(samples.end(), begin, begin + count);
    next += count;
  }
  return samples;
}

std::shared_ptr<const EpochPermutation> Sampler::epoch(std::int64_t epoch) const {
  const std::lock_guard lock(mutex_);
  if (cached_epoch_ == epoch) return cached_;
  cached_ = std::make_shared<const EpochPermutation>(shuffled(epoch), shard_size_, batch_size_);
  cached_epoch_ = epoch;
  return cached_;
}

}  // namespace gradwire::learn
