#include "sim/learn/data/sampler.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

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
  shard_size_ = samples / workers;
  if (!draws.as_pytorch) return;
  loaders_.emplace(seed_, static_cast<std::uint64_t>(weights_drawn * draws.models), workers,
                   iterations_per_epoch());
}

std::span<const std::uint32_t> Sampler::shard(int worker) const {
  const auto size = static_cast<std::size_t>(shard_size_);
  return std::span(shards_).subspan(static_cast<std::size_t>(worker) * size, size);
}

std::vector<std::uint32_t> Sampler::shuffled(std::int64_t epoch) const {
  std::vector<std::uint32_t> order = shards_;
  const auto size = static_cast<std::size_t>(shard_size_);
  const auto seeds = loaders_ ? loaders_->of(epoch) : std::vector<std::uint64_t>{};
  for (int m = 0; m < workers_; ++m) {
    const auto worker = static_cast<std::size_t>(m);
    const auto part = std::span(order).subspan(worker * size, size);
    if (loaders_) {
      const auto positions =
          PytorchGenerator(seeds[worker]).permutation(static_cast<std::uint32_t>(size));
      std::ranges::transform(positions, part.begin(), [&](std::uint32_t i) { return shard(m)[i]; });
    } else {
      stream(seed_, stream_names::batch, worker, static_cast<std::uint64_t>(epoch)).shuffle(part);
    }
  }
  return order;
}

std::shared_ptr<const EpochPermutation> Sampler::epoch(std::int64_t epoch) const {
  const std::lock_guard lock(mutex_);
  if (cached_epoch_ == epoch) return cached_;
  cached_ = std::make_shared<const EpochPermutation>(shuffled(epoch), shard_size_, batch_size_);
  cached_epoch_ = epoch;
  return cached_;
}

}  // namespace gradwire::learn
