#include "sim/learn/nets/norm_statistics.hpp"

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

}  // namespace gradwire::learn
