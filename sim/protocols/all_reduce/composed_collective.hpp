#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "sim/cost/cost_model.hpp"
#include "sim/cost/iteration_timing.hpp"
#include "sim/network/platforms/platform.hpp"
#include "sim/protocols/all_reduce/collective_load.hpp"
#include "sim/protocols/all_reduce/message_durations.hpp"
#include "sim/protocols/config.hpp"
#include "sim/protocols/timing_composer.hpp"

namespace gradwire::protocols {

/// Composes the timing of an exchange by collectives from the durations of its messages, which
/// depend on sender, receiver and size alone if no two messages ever share a link: a node enters a
/// step when it has received and added in the step before; a message moves from when its sender is
/// free and its receiver waits for it. A few simulated exchanges therefore determine all in which
/// workers skip in other combinations or compute for longer.
class ComposedCollective final : public TimingComposer {
 public:
  /// All must outlive this object. `durations`: filled by the simulated exchange.
  ComposedCollective(const network::Simulation& simulation, const network::Platform& platform,
                     const ProtocolConfig& protocol, const MessageDurations& durations);

  const cost::IterationTiming* timing(const cost::IterationLoad& load) override;
  void learn(const cost::IterationLoad& load, const cost::IterationTiming& timing) override;
  /// SimGrid makes one event of dates that are nearer than its timing precision, in each step of a
  /// node: parts of a vector may differ by one entry, which takes less to add.
  [[nodiscard]] Seconds slack() const override;
  [[nodiscard]] bool is_slow() const override { return true; }

 private:
  const network::Platform& platform_;
  const ProtocolConfig& protocol_;
  const MessageDurations& durations_;
  bool applies_;
  std::vector<FlopsPerSecond> speeds_;  ///< [M]
  cost::IterationLoad composed_;        ///< load that newest_ belongs to; without workers: none
  cost::IterationTiming newest_;
};

}  // namespace gradwire::protocols
