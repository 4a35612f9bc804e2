#pragma once

#include <cstdint>
#include <unordered_map>
#include <utility>

#include "sim/actors/load.hpp"
#include "sim/actors/phases.hpp"
#include "sim/actors/timing.hpp"

namespace gradwire::actors {

/// Remembers how long iterations took. On a platform that does not vary in time, an iteration that
/// begins when all is quiet takes as long as any other with the same load: what was simulated once
/// need not be simulated again. Nor what can be put together from its phases.
class Repetition {
 public:
  explicit Repetition(Phases phases) : phases_(std::move(phases)) {}

  /// The timing of `load`: put together, remembered, or what `simulate` says.
  template <class Simulate>
  const IterationTiming& timing(const IterationLoad& load, Simulate simulate) {
    if (const IterationTiming* composed = phases_.timing(load)) return *composed;
    const auto found = known_.find(load);
    if (found != known_.end()) return found->second;
    once(load, simulate);
    phases_.learn(load, newest_);
    const std::size_t size = load.workers.size();
    if (remembered_workers_ + size > most_workers) return newest_;  // it hardly repeats itself
    remembered_workers_ += size;
    return known_.emplace(load, newest_).first->second;
  }
  /// What `simulate` says; forgotten by the next call.
  template <class Simulate>
  const IterationTiming& once(const IterationLoad& load, Simulate simulate) {
    ++simulated_;
    return newest_ = simulate(load);
  }

  /// Iterations that were not remembered.
  [[nodiscard]] std::int64_t simulated() const { return simulated_; }

 private:
  struct Hash {
    std::size_t operator()(const IterationLoad& load) const;
  };
  static constexpr std::size_t most_workers = std::size_t{1} << 20;  ///< some 100 MB

  Phases phases_;
  std::unordered_map<IterationLoad, IterationTiming, Hash> known_;
  IterationTiming newest_;
  std::size_t remembered_workers_ = 0;
  std::int64_t simulated_ = 0;
};

}  // namespace gradwire::actors
