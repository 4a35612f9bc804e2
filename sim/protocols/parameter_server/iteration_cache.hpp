#pragma once

#include <cstdint>
#include <unordered_map>
#include <utility>

#include "sim/cost/cost_model.hpp"
#include "sim/cost/iteration_timing.hpp"
#include "sim/protocols/parameter_server/composed_timing.hpp"

namespace gradwire::protocols {

/// Caches the timings of iterations. On a platform that does not vary in time, the timing of an
/// iteration that starts on an idle network depends on its load alone, so each load is simulated at
/// most once, and not at all if ComposedTiming can compose it.
class IterationCache {
 public:
  explicit IterationCache(ComposedTiming phases) : composed_(std::move(phases)) {}

  /// The timing of `load`: composed, cached, or the result of `simulate`.
  template <class Simulate>
  const cost::IterationTiming& timing(const cost::IterationLoad& load, Simulate simulate) {
    if (const cost::IterationTiming* composed = composed_.timing(load)) return *composed;
    const auto found = known_.find(load);
    if (found != known_.end()) return found->second;
    once(load, simulate);
    composed_.learn(load, newest_);
    const std::size_t size = load.workers.size();
    if (remembered_workers_ + size > most_workers) return newest_;  // full
    remembered_workers_ += size;
    return known_.emplace(load, newest_).first->second;
  }
  /// The result of `simulate`, not cached; valid until the next call.
  template <class Simulate>
  const cost::IterationTiming& once(const cost::IterationLoad& load, Simulate simulate) {
    ++simulated_;
    return newest_ = simulate(load);
  }

  /// Number of iterations that were simulated.
  [[nodiscard]] std::int64_t simulated() const { return simulated_; }

 private:
  struct Hash {
    std::size_t operator()(const cost::IterationLoad& load) const;
  };
  /// Limit of the sum of M over the cached iterations, about 100 MB. A run that exceeds it hardly
  /// repeats its loads.
  static constexpr std::size_t most_workers = std::size_t{1} << 20;

  ComposedTiming composed_;
  std::unordered_map<cost::IterationLoad, cost::IterationTiming, Hash> known_;
  cost::IterationTiming newest_;
  std::size_t remembered_workers_ = 0;
  std::int64_t simulated_ = 0;
};

}  // namespace gradwire::protocols
