#pragma once

#include <cstddef>
#include <unordered_map>

#include "sim/cost/cost_model.hpp"
#include "sim/cost/iteration_timing.hpp"

namespace gradwire::protocols {

/// Timings of simulated iterations, by their load.
class IterationCache {
 public:
  /// Null if unknown. Valid until this object is destroyed.
  [[nodiscard]] const cost::IterationTiming* find(const cost::IterationLoad& load) const;
  /// Does nothing once the cache is full.
  void add(const cost::IterationLoad& load, const cost::IterationTiming& timing);

 private:
  struct Hash {
    std::size_t operator()(const cost::IterationLoad& load) const;
  };
  /// Limit of the sum of M over the cached iterations, about 100 MB. A run that exceeds it hardly
  /// repeats its loads.
  static constexpr std::size_t most_workers = std::size_t{1} << 20;

  std::unordered_map<cost::IterationLoad, cost::IterationTiming, Hash> known_;
  std::size_t workers_ = 0;  ///< sum of M
};

}  // namespace gradwire::protocols
