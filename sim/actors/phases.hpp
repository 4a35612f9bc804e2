#pragma once

#include <cstdint>
#include <vector>

#include "sim/actors/busy_time.hpp"
#include "sim/actors/protocol_config.hpp"
#include "sim/actors/load.hpp"
#include "sim/actors/timing.hpp"
#include "sim/network/platform.hpp"

namespace gradwire::actors {

/// Puts iterations together from what simulated ones showed of their phases. Where no message meets
/// another but those of its own broadcast, an iteration is a broadcast, which depends on the
/// model's size alone; computations, of which each has a host to itself; and uploads, each of
/// which takes as long as any other of that worker and that size. So what was learned of a few
/// iterations tells of all in which the same workers send and skip in other combinations, or
/// compute for longer. What must not have met is checked for each iteration by its dates, or once
/// by the routes.
class Phases {
 public:
  /// `platform` must outlive it and not vary in time.
  Phases(const network::Simulation& simulation, const network::Platform& platform,
         const ProtocolConfig& protocol);

  /// Of an iteration under `load`, valid until the next call; null where a part is not known yet,
  /// or where its messages would meet.
  const IterationTiming* timing(const IterationLoad& load);
  /// Takes from a simulated iteration what is new in it.
  void learn(const IterationLoad& load, const IterationTiming& timing);

 private:
  /// What depends on the model's size alone; dates count from the iteration's begin.
  struct Broadcast {
    Bytes model;
    std::vector<Interval> downlinks;  ///< [M]
    std::vector<Seconds> ready;       ///< [M], when workers begin to compute
    Seconds served;                   ///< when the server begins to receive
    Seconds last;                     ///< end of the last message
    Bytes carried;
    Bytes to_worker;  ///< as a worker's record counts it
  };
  /// Of one worker.
  struct Upload {
    Bytes size;
    Seconds seconds;
  };

  [[nodiscard]] bool is_remote(std::size_t m) const {
    return platform_.workers[m] != platform_.server;
  }
  [[nodiscard]] const Broadcast* broadcast_of(Bytes model) const;
  [[nodiscard]] const Seconds* upload_seconds(std::size_t m, Bytes size) const;
  /// Fills newest_.workers; whether all parts are known.
  bool compose(const Broadcast& broadcast, const IterationLoad& load);
  void add_up(const Broadcast& broadcast, const IterationLoad& load);
  /// Whether an upload was on its way before the last message of the broadcast had arrived.
  [[nodiscard]] bool phases_meet(const std::vector<WorkerTimes>& workers, Seconds last) const;
  [[nodiscard]] Broadcast broadcast_in(const IterationLoad& load,
                                       const IterationTiming& timing) const;

  const network::Platform& platform_;
  bool one_after_the_other_;            ///< uploads
  bool along_tree_;                     ///< the broadcast
  bool apart_ = false;                  ///< uploads and the broadcast, whenever they are under way
  bool applies_ = true;                 ///< else nothing is ever learned
  std::vector<FlopsPerSecond> speeds_;  ///< [M]
  FlopsPerSecond server_speed_;
  std::vector<Broadcast> broadcasts_;         ///< few
  std::vector<std::vector<Upload>> uploads_;  ///< [M], each by size
  std::size_t known_uploads_ = 0;
  IterationLoad composed_;  ///< whose timing is in newest_; without workers: none
  IterationTiming newest_;
  WorkersBusy busy_;
};

}  // namespace gradwire::actors
