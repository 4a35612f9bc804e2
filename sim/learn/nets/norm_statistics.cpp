#include "sim/learn/nets/norm_statistics.hpp"

#include <algorithm>
#include <utility>

namespace gradwire::learn {
namespace {

void move(std::span<const float> batch, const NormUpdate& update, std::span<float> running) {
  for (std::size_t c = 0; c < running.size(); ++c) {
    const float decay = update.decay.empty() ? 1 - update.weight : update.decay[c];
    running[c] = update.weight * batch[c] + decay * running[c];
  }
}

}  // namespace

NormStatistics::NormStatistics(const NormSample& initial, NormUpdate update, int workers,
                               bool per_worker)
    : update_(std::move(update)),
      running_(per_worker ? static_cast<std::size_t>(workers) : 1, initial) {}

void NormStatistics::observe(int worker, const NormSample& batch) {
  NormSample& running = running_[per_worker() ? static_cast<std::size_t>(worker) : 0];
  move(batch.means, update_, running.means);
  move(batch.variances, update_, running.variances);
}

void NormStatistics::set_mean(std::span<const NormStatistics> of) {
  const auto average = [&of](Vector NormSample::*part, Vector& out) {
    for (std::size_t c = 0; c < out.size(); ++c) {
      double sum = 0;
      for (const NormStatistics& one : of) sum += (one.running_.front().*part)[c];
      out[c] = static_cast<float>(sum / static_cast<double>(of.size()));
    }
  };
  average(&NormSample::means, running_.front().means);
  average(&NormSample::variances, running_.front().variances);
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
