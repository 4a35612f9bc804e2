#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "sim/protocols/gossip/gossip.hpp"
#include "sim/protocols/gossip/gossip_iteration.hpp"
#include "sim/protocols/gossip/gossip_nodes.hpp"
#include "sim/protocols/gossip/known_timings.hpp"

namespace gradwire::protocols {

/// A run of a gossip method: requests an iteration when the first node comes to it, reports it when
/// the last node has ended it, and takes what was simulated before from memory. The dates of a run
/// are those of the engine, which iterations from memory do not advance, and their durations.
class GossipRun {
 public:
  /// All must outlive the simulation's run.
  GossipRun(network::Simulation& simulation, const network::Platform& platform,
            const Gossip& settings, IterationSource& iterations, const OnIteration& on_iteration);

  /// Body of a node's actor.
  void work(int node) { nodes_.work(node); }
  /// Body of the coordinator's actor, which runs the arithmetic of the iterations. Throws
  /// std::logic_error if an iteration from memory does not agree with its simulation.
  void coordinate();
  /// Whether coordinate() came to its end.
  [[nodiscard]] bool has_ended() const { return has_ended_; }
  /// Of the iterations that were reported.
  [[nodiscard]] const cost::ByteLedger& ledger() const { return ledger_; }

 private:
  struct SpotCheck {
    std::int64_t iteration;
    cost::GossipLoad load;
    const cost::IterationTiming* known;
  };

  void begin_next();
  void finish(const GossipIteration& iteration);
  [[nodiscard]] cost::IterationTiming simulated(const GossipIteration& iteration);
  /// Null if the next iteration has to be simulated.
  [[nodiscard]] const cost::IterationTiming* known(const cost::GossipLoad& load) const;
  void finish_from_memory(const cost::GossipLoad& load, const cost::IterationTiming& timing,
                          const GossipReport& about);
  void report(std::int64_t iteration, const cost::IterationTiming& timing,
              const GossipReport& about);
  /// Simulates the 1st, 4th, 16th ... iteration from memory as well, a load once.
  void note_spot_check(const cost::GossipLoad& load, const cost::IterationTiming& timing);
  void check(const SpotCheck& from_memory);
  /// Of what was simulated so far.
  [[nodiscard]] cost::ByteLedger simulated_ledger() const {
    return {.uplink = nodes_.delivered(), .downlink = {}, .carried = simulation_.carried()};
  }

  network::Simulation& simulation_;
  const network::Platform& platform_;
  const cost::CostModel& cost_model_;
  bool use_cache_;
  IterationSource& iterations_;
  const OnIteration& on_iteration_;
  GossipNodes nodes_;
  std::deque<GossipReport> reports_;  ///< of the open iterations
  KnownTimings known_;
  std::int64_t newest_ = 0;  ///< number of the newest iteration
  bool newest_is_last_ = false;
  Seconds finished_;             ///< date of the last report
  Seconds from_memory_;          ///< durations of iterations from memory
  cost::ByteLedger remembered_;  ///< ledger of iterations from memory
  cost::ByteLedger before_;      ///< simulated ledger when all last began at rest
  cost::ByteLedger ledger_;
  std::int64_t remembered_count_ = 0;
  std::int64_t next_check_ = 1;  ///< in iterations from memory
  std::vector<SpotCheck> checks_;
  bool has_ended_ = false;
};

}  // namespace gradwire::protocols
