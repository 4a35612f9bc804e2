#pragma once

#include <cstdint>
#include <vector>

#include "sim/cost/busy_time.hpp"
#include "sim/cost/cost_model.hpp"
#include "sim/cost/iteration_timing.hpp"
#include "sim/network/platforms/platform.hpp"
#include "sim/protocols/config.hpp"
#include "sim/protocols/timing_composer.hpp"

namespace gradwire::protocols {

/// Composes the timing of an iteration from parts measured in simulated ones. Where messages
/// contend only with others of the same broadcast, an iteration consists of a broadcast, whose
/// timing depends on the model's size alone; computations, each on a host of its own; and uploads,
/// whose durations depend only on worker and size. A few simulated iterations therefore determine
/// all in which the same workers send and skip in other combinations or compute for longer. That
/// the parts do not contend is established once from the routes or, for each iteration, from its
/// dates.
class ComposedTiming final : public TimingComposer {
 public:
  /// `platform` must outlive this object and must not vary in time.
  ComposedTiming(const network::Simulation& simulation, const network::Platform& platform,
                 const ProtocolConfig& protocol);

  /// Null if a part is unknown or its messages would contend.
  const cost::IterationTiming* timing(const cost::IterationLoad& load) override;
  void learn(const cost::IterationLoad& load, const cost::IterationTiming& timing) override;

 private:
  /// Depends on the model's size alone; dates count from the start of the iteration.
  struct Broadcast {
    Bytes model;
    std::vector<Interval> downlinks;  ///< [M]
    std::vector<Seconds> ready;       ///< [M], start of each worker's computation
    Seconds served;                   ///< date from which the server receives
    Seconds last;                     ///< end of the last message
    Bytes carried;
    Bytes to_worker;  ///< WorkerTimes::model
  };
  /// Duration of one worker's uploads of one size.
  struct Upload {
    Bytes size;
    Seconds seconds;
  };

  [[nodiscard]] const Broadcast* broadcast_of(Bytes model) const;
  [[nodiscard]] const Seconds* upload_seconds(std::size_t m, Bytes size) const;
  /// Fills newest_.workers; false if a part is unknown.
  bool compose(const Broadcast& broadcast, const cost::IterationLoad& load);
  void summarize(const Broadcast& broadcast, const cost::IterationLoad& load);
  /// Whether an upload started before `last`, the end of the broadcast's last message, and may
  /// contend with the broadcast.
  [[nodiscard]] bool phases_contend(const std::vector<WorkerTimes>& workers, Seconds last) const;
  [[nodiscard]] Broadcast broadcast_in(const cost::IterationLoad& load,
                                       const cost::IterationTiming& timing) const;

  const network::Platform& platform_;
  bool sequential_;             ///< sequential reception
  bool along_tree_;             ///< binomial broadcast
  bool no_contention_ = false;  ///< uploads share no link with the broadcast, whatever their dates
  bool applies_ = true;         ///< false: learn() stores nothing
  std::vector<FlopsPerSecond> speeds_;  ///< [M]
  FlopsPerSecond server_speed_;
  std::vector<Broadcast> broadcasts_;         ///< a few, searched linearly
  std::vector<std::vector<Upload>> uploads_;  ///< [M], sorted by size
  std::size_t known_uploads_ = 0;
  cost::IterationLoad composed_;  ///< load that newest_ belongs to; without workers: none
  cost::IterationTiming newest_;
  cost::WorkersBusy busy_;
};

}  // namespace gradwire::protocols
