#pragma once

#include <cstddef>
#include <unordered_map>

#include "sim/cost/gossip_load.hpp"
#include "sim/cost/iteration_timing.hpp"

namespace gradwire::protocols {

/// Timings of iterations that all nodes began at the same date with no message under way and ended
/// at the same date, by their load. On a platform that does not vary in time, it determines them.
class KnownTimings {
 public:
  /// Null if unknown. Valid until this object is destroyed.
  [[nodiscard]] const cost::IterationTiming* find(const cost::GossipLoad& load) const;
  /// Does nothing if it is full.
  void add(const cost::GossipLoad& load, const cost::IterationTiming& timing);

 private:
  struct Hash {
    std::size_t operator()(const cost::GossipLoad& load) const;
  };
  /// Limit of the sum of nodes and edges, about 100 MB. A run that exceeds it hardly repeats its
  /// loads.
  static constexpr std::size_t most_entries = std::size_t{1} << 20;

  std::unordered_map<cost::GossipLoad, cost::IterationTiming, Hash> known_;
  std::size_t entries_ = 0;  ///< sum of nodes and edges
};

}  // namespace gradwire::protocols
