#pragma once

#include <cstdint>
#include <span>

#include "sim/core/iteration_work.hpp"
#include "sim/core/problem.hpp"
#include "sim/core/units.hpp"

namespace gradwire {

/// A span of simulated time.
struct Interval {
  Seconds begin;
  Seconds end;
};

/// The activities of one worker in an exchange, in seconds from the start of the exchange. Without
/// a server, `uplink` is its part in the collective, from the start of its first transfer to the
/// end of its last, and `upload` all that it sends to other hosts.
///
/// With several shards of the server, transfers last from the begin of the first slice's to the end
/// of the last, and bytes are those that cross the network.
struct WorkerTimes {
  Interval downlink;  ///< transfer of the model to this worker
  Interval compute;
  Interval uplink;       ///< transfer of its upload or skip flag
  Seconds auxiliary;     ///< part of `compute`: gradients evaluated only for the lazy rule
  Bytes model;           ///< size of the model received
  Bytes upload;          ///< size of the upload sent
  bool dropped = false;  ///< dropped; its activities may have been cut short
  bool remote = true;    ///< false on the server's own host: no wire bytes, no transfers (D13)
  Bytes resent;          ///< models sent again after its host failed, besides `model`
  Interval handling{};   ///< without a server: reading and adding the uploads it received
  bool in_collective = false;  ///< there is no server
  /// Gossip: there is no server and no barrier. The node's iteration lasts from the begin of
  /// `compute` to the end of `handling`; its messages, of which `uplink` is the span, may begin
  /// before it and end after it.
  bool along_edges = false;
  std::int64_t messages = 0;  ///< gossip: sent to neighbours, those on its host included
};

/// The activities of one shard of the server in an exchange, in seconds from the start of the
/// exchange: each from the begin of the first to the end of the last; without any, at one date.
struct ShardTimes {
  Interval broadcast;  ///< transfers of its stretch to the workers
  Interval reception;  ///< transfers of its slices of the uploads
  Interval handling;   ///< its work on them
};

/// Simulated time by activity. Each is the time during which at least one such activity was in
/// progress, so that overlapping transfers count once.
struct BusySeconds {
  Seconds uplink;
  Seconds downlink;
  Seconds compute;
  Seconds auxiliary_compute;  ///< part of `compute`: gradients evaluated only for the lazy rule
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

/// What was sent. A round is one upload by one worker.
struct Communication {
  std::int64_t rounds = 0;
  std::int64_t skipped = 0;
  Bits uplink_payload;   ///< by the convention of the method's paper
  Bits message_payload;  ///< the same of messages to several neighbours, each counted once
  Bytes uplink_wire;     ///< what crossed the network, skip flags included
  Bytes downlink_wire;
  std::int64_t restarts = 0;  ///< workers that restarted an iteration after their host failed
  std::int64_t dropped = 0;   ///< dropped workers, which count neither as round nor as skip
  Communication& operator+=(const Communication& other) {
    rounds += other.rounds;
    skipped += other.skipped;
    uplink_payload += other.uplink_payload;
    message_payload += other.message_payload;
    uplink_wire += other.uplink_wire;
    downlink_wire += other.downlink_wire;
    restarts += other.restarts;
    dropped += other.dropped;
    return *this;
  }
};

/// Something that a client of an asynchronous method did, or the server with its push.
struct ClientActivity {
  enum class Kind { fetch, compute, push, apply };
  Kind kind = Kind::compute;
  std::int32_t client = 0;
  Interval dates;              ///< of the simulation; apply: of the server's work
  Bytes size;                  ///< of the message; also 0 within a host
  std::int64_t version = 0;    ///< fetch: of the model; apply: of the server's, afterwards
  std::int64_t staleness = 0;  ///< apply
  std::int32_t shard = 0;      ///< push, apply: of the server
};

/// What a client of an asynchronous method did in an iteration.
struct ClientTimes {
  Seconds compute;
  Seconds uplink;           ///< a push or request moved
  Seconds downlink;         ///< a model moved
  Seconds busy;             ///< some of these; the client waited for the rest of the iteration
  std::int64_t pushes = 0;  ///< applied
  Bytes uploaded;           ///< arrived
  Bytes downloaded;         ///< arrived
};

/// One exchange of a finished iteration.
struct ExchangeRecord {
  Seconds begin;                            ///< from the start of the iteration
  std::span<const WorkerTimes> times;       ///< [M]; from the start of the exchange
  std::span<const Part> parts;              ///< [M]
  std::span<const ShardTimes> shards = {};  ///< [S]; empty: one server, or none
};

/// One finished iteration of a synchronous method. The spans are valid while it is reported.
struct IterationRecord {
  std::int64_t iteration = 0;     ///< t, from 1
  Seconds finished;               ///< time at which the server holds theta^t
  Communication communication{};  ///< of this iteration alone
  BusySeconds busy{};             ///< of this iteration alone
  BatchStatistics train{};        ///< of the minibatches of this iteration, at theta^{t-1}
  Seconds duration;               ///< of this iteration alone
  std::span<const ExchangeRecord> exchanges;
  // Of an asynchronous method, in place of exchanges:
  std::span<const ClientTimes> clients;        ///< [M]
  std::span<const ClientActivity> activities;  ///< in the order of their ends
  std::span<const EdgeMessage> pushes;         ///< applied
};

}  // namespace gradwire
