#include "sim/learn/data/partition/sampler.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "sim/core/error.hpp"
#include "sim/core/random.hpp"
#include "sim/core/stream_names.hpp"

namespace gradwire::learn {

void check_partition(std::int64_t samples, int workers, BatchSize batch_size) {
  check_workers(samples, workers);
  const std::int64_t shard = samples / workers;
  if (batch_size.is_whole_shard() || (batch_size.samples >= 1 && batch_size.samples <= shard)) {
    return;
  }
  throw InputError("/base/batch_size",
                   fmt::format("must be in [1, {}], a worker's share of the {} training samples, "
                               "got {}",
                               shard, samples, batch_size.samples));
}

Sampler::Sampler(Shards shards, BatchSize batch_size, const RandomSource& draws,
                 std::int64_t weights_drawn)
    : shards_(std::move(shards)), batch_size_(batch_size), seed_(draws.seed) {
  check_partition(shards_.total(), shards_.workers(), batch_size);
  std::int64_t together = 0;
  for (int m = 0; m < workers(); ++m) together += this->batch_size(m);
  iterations_per_epoch_ = std::max<std::int64_t>(1, shards_.total() / together);
  cached_orders_ = std::vector<CachedOrder>(static_cast<std::size_t>(workers()));
  if (!draws.as_pytorch) return;
  loaders_.emplace(seed_, static_cast<std::uint64_t>(weights_drawn * draws.models), workers(),
                   iterations_per_epoch());
}

int Sampler::batch_size(int worker) const {
  const std::int64_t shard = shards_.size(worker);
  if (batch_size_.is_whole_shard()) return static_cast<int>(shard);
  return static_cast<int>(std::min<std::int64_t>(batch_size_.samples, shard));
}

double Sampler::relative_batch(int worker) const {
  const auto size = static_cast<double>(batch_size(worker));
  if (!batch_size_.is_whole_shard()) return size / batch_size_.samples;
  return size * workers() / static_cast<double>(shards_.total());
}

std::int64_t Sampler::pass_size(int worker) const {
  const std::int64_t size = batch_size(worker);
  return shards_.size(worker) / size * size;
}

Sampler::Order Sampler::draw_order(int worker, std::int64_t pass) const {
  const auto samples = shards_.of(worker);
  Order order(samples.begin(), samples.end());
  if (batch_size_.is_whole_shard()) return order;
  const auto m = static_cast<std::size_t>(worker);
  if (!loaders_) {
    stream(seed_, stream_names::batch, m, static_cast<std::uint64_t>(pass))
        .shuffle(std::span(order));
    return order;
  }
  const std::uint64_t seed = loaders_->of(pass)[m];
  const auto positions =
      PytorchGenerator(seed).permutation(static_cast<std::uint32_t>(order.size()));
  std::ranges::transform(positions, order.begin(), [&](std::uint32_t i) { return samples[i]; });
  return order;
}

std::shared_ptr<const Sampler::Order> Sampler::order(int worker, std::int64_t pass) const {
  CachedOrder& cached = cached_orders_.at(static_cast<std::size_t>(worker));
  const std::lock_guard lock(cached.mutex);
  if (cached.pass == pass) return cached.order;
  cached.order = std::make_shared<const Order>(draw_order(worker, pass));
  cached.pass = pass;
  return cached.order;
}

std::vector<std::uint32_t> Sampler::batch(int worker, const BatchRange& range) const {
  if (range.step < 0 || range.first < 0 || range.size < 1) {
    throw std::logic_error("a minibatch before the first sample, or without samples");
  }
  const std::int64_t in_pass = pass_size(worker);
  const std::int64_t end = range.first + range.size;
  std::vector<std::uint32_t> samples;
  samples.reserve(static_cast<std::size_t>(range.size));
  for (std::int64_t next = range.first; next < end;) {
    const std::int64_t visited = next % in_pass;
    const std::int64_t count = std::min(end - next, in_pass - visited);
    const auto visits = order(worker, next / in_pass);
    const auto begin = visits->begin() + visited;
    samples.insert(samples.end(), begin, begin + count);
    next += count;
  }
  return samples;
}

}  // namespace gradwire::learn
