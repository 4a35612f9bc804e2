#pragma once

#include <cstdint>
#include <span>

#include "sim/core/problem.hpp"
#include "sim/core/units.hpp"
#include "sim/core/work.hpp"

namespace gradwire {

/// A span of simulated time.
struct Interval {
  Seconds begin;
  Seconds end;
};

/// When one worker did what in an iteration; counted from the iteration's begin.
struct WorkerTimes {
  Interval downlink;  ///< the model was on its way here
  Interval compute;
  Interval uplink;      ///< its upload or flag was on its way
  Seconds auxiliary;    ///< part of `compute`: gradients that only the lazy rule asked for
  Bytes model;          ///< that came down
  Bytes upload;         ///< that went up
  bool missed = false;  ///< the server went on without it: what is above may have been broken off
};

/// Simulated time by what was going on in it. Each is the time in which at least one such activity
/// was under way, so that overlapping transfers count once.
struct BusySeconds {
  Seconds uplink;
  Seconds downlink;
  Seconds compute;
  Seconds auxiliary_compute;  ///< part of `compute`: gradients that only the lazy rule asked for
  Seconds server;             ///< the server handling uploads
  BusySeconds& operator+=(const BusySeconds& other) {
    uplink += other.uplink;
    downlink += other.downlink;
    compute += other.compute;
    auxiliary_compute += other.auxiliary_compute;
    server += other.server;
    return *this;
  }
};

/// What was sent. A round is one upload from one worker.
struct Communication {
  std::int64_t rounds = 0;
  std::int64_t skipped = 0;
  Bits uplink_payload;  ///< 32 bits a value sent: the papers' convention
  Bytes uplink_wire;    ///< what crossed the network, skip flags included
  Bytes downlink_wire;
  std::int64_t restarts = 0;  ///< workers that began an iteration again after their host failed
  std::int64_t missed = 0;    ///< workers without which an iteration ended: neither round nor skip
  Communication& operator+=(const Communication& other) {
    rounds += other.rounds;
    skipped += other.skipped;
    uplink_payload += other.uplink_payload;
    uplink_wire += other.uplink_wire;
    downlink_wire += other.downlink_wire;
    restarts += other.restarts;
    missed += other.missed;
    return *this;
  }
};

/// One finished iteration of a synchronous method.
struct IterationRecord {
  std::int64_t iteration = 0;          ///< t, from 1
  Seconds finished;                    ///< when theta^t is known to the server
  Communication communication{};       ///< of this iteration alone
  BusySeconds busy{};                  ///< of this iteration alone
  BatchStatistics train{};             ///< of the minibatches of this iteration, at theta^{t-1}
  Seconds duration;                    ///< of this iteration alone
  std::span<const WorkerTimes> times;  ///< [M]; like `work` valid while the record is reported
  std::span<const WorkerWork> work;    ///< [M]
};

}  // namespace gradwire
