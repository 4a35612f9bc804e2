#include "sim/learn/nets/norm_statistics.hpp"

#include <algorithm>

namespace gradwire::learn {
namespace {

void move_towards(std::span<const float> batch, std::span<float> running) {
  constexpr float momentum = 0.1F;
  for (std::size_t c = 0; c < running.size(); ++c) {
    running[c] = momentum * batch[c] + (1 - momentum) * running[c];
  }
}

}  // namespace

NormStatistics::NormStatistics(std::int64_t channels, int workers, bool per_worker) {
  const auto n = static_cast<std::size_t>(channels);
  running_.resize(per_worker ? static_cast<std::size_t>(workers) : 1,
                  {Vector(n, 0.0F), Vector(n, 1.0F)});
}

void NormStatistics::observe(int worker, const NormSample& batch) {
  NormSample& running = running_[per_worker() ? static_cast<std::size_t>(worker) : 0];
  move_towards(batch.means, running.means);
  move_towards(batch.variances, running.variances);
}

const NormSample& NormStatistics::of(int worker) const {
  return running_[per_worker() ? static_cast<std::size_t>(worker) : 0];
}

std::shared_ptr<NormSample> PendingNorms::add(int worker, std::int64_t step) {
  auto sample = std::make_shared<NormSample>();
  const std::lock_guard lock(mutex_);
  of_worker_.at(static_cast<std::size_t>(worker)).push_back({step, sample});
  return sample;
}

void PendingNorms::apply(int worker, std::int64_t end, NormStatistics& running) {
  const std::lock_guard lock(mutex_);
  std::vector<Pending>& pending = of_worker_.at(static_cast<std::size_t>(worker));
  std::ranges::stable_sort(pending, {}, &Pending::step);
  const auto first_later = std::ranges::lower_bound(pending, end, {}, &Pending::step);
  for (const Pending& one : std::ranges::subrange(pending.begin(), first_later)) {
    if (!one.sample->means.empty()) running.observe(worker, *one.sample);
  }
  pending.erase(pending.begin(), first_later);
}

}  // namespace gradwire::learn
