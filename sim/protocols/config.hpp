#pragma once

#include <cstdint>
#include <optional>

#include "sim/algorithms/gossip/mixing.hpp"
#include "sim/algorithms/gossip/topology.hpp"
#include "sim/core/choice_names.hpp"
#include "sim/core/units.hpp"

namespace gradwire::protocols {

/// Who exchanges messages with whom.
enum class ProtocolKind { parameter_server, all_reduce, gossip, asynchronous };

/// In the order of ProtocolKind.
inline constexpr Choice protocol_choices[] = {
    {"parameter_server", "the server sends the model to all workers and receives their uploads"},
    {"all_reduce",
     "no server: in a collective all workers get the sum of the uploads, or all uploads where "
     "these "
     "cannot be added on the way"},
    {"gossip",
     "no server and no common model: messages along the edges of a graph; a node waits for its "
     "neighbours only"},
    {"asynchronous",
     "the server applies each push when it arrives, and sends the model to each worker that asks"}};
static_assert(has_row_for_each(protocol_choices, ProtocolKind::asynchronous));

/// The algorithm of a collective among nodes 0 .. P-1.
enum class CollectiveKind { ring, tree, halving_doubling, two_level };

/// In the order of CollectiveKind. Sources: ring: Patarasuk, Yuan, "Bandwidth optimal all-reduce
/// algorithms for clusters of workstations", 2009; halving_doubling: Rabenseifner, "Optimization of
/// collective reduction operations", 2004; tree, and both: Thakur, Rabenseifner, Gropp,
/// "Optimization of collective communication operations in MPICH", 2005.
inline constexpr Choice collective_choices[] = {
    {"ring", "in 2 (P - 1) steps, each of a P-th part: reduce-scatter, then all-gather"},
    {"tree", "along a binomial tree to worker 0, and back"},
    {"halving_doubling", "Rabenseifner: recursive halving, then recursive doubling"},
    {"two_level", "along trees inside groups, as a ring among the groups' first workers"}};
static_assert(has_row_for_each(collective_choices, CollectiveKind::two_level));

struct CollectiveConfig {
  CollectiveKind kind = CollectiveKind::ring;
  std::optional<int> group_size;  ///< two_level: nodes of a group; the last may be smaller
  friend bool operator==(const CollectiveConfig&, const CollectiveConfig&) = default;
};

/// How the server receives uploads. Sequential: in the order of the workers.
enum class Reception { sequential, concurrent };

/// In the order of Reception.
inline constexpr Choice reception_choices[] = {
    {"sequential", "the server receives one upload at a time, in order"},
    {"concurrent", "the server receives all uploads at once"}};
static_assert(has_row_for_each(reception_choices, Reception::concurrent));

/// Where the server runs.
enum class ServerPlace { dedicated, worker0 };

/// In the order of ServerPlace.
inline constexpr Choice server_place_choices[] = {
    {"dedicated", "on a host of its own"},
    {"worker0", "on the host of worker 0, whose messages then cross no link"}};
static_assert(has_row_for_each(server_place_choices, ServerPlace::worker0));

/// How the model comes to the workers. None: not simulated.
enum class BroadcastKind { star, binomial, none };

/// In the order of BroadcastKind.
inline constexpr Choice broadcast_choices[] = {
    {"star", "the server sends to all workers at once"},
    {"binomial", "along a binomial tree: workers pass it on before they compute"},
    {"none", "not charged: takes no time and no bytes, the paper's convention"}};
static_assert(has_row_for_each(broadcast_choices, BroadcastKind::none));

/// What follows from the failure of a worker's host; under go_on, also from a late upload.
enum class OnFailure { stop, wait, go_on };

/// In the order of OnFailure.
inline constexpr Choice on_failure_choices[] = {
    {"stop", "the run fails"},
    {"wait", "the server waits until the host returns and sends it the model again"},
    {"go_on", "the server goes on without it, as without whoever is later than timeout"}};
static_assert(has_row_for_each(on_failure_choices, OnFailure::go_on));

/// Each shard of a server exchanges messages with every worker.
inline constexpr std::int64_t most_server_shards = 1024;

/// Least chunk_bytes above 0, and most pieces of a message: each is a simulated message.
inline constexpr std::int64_t least_chunk_bytes = 64;
inline constexpr std::int64_t most_pieces = 10'000;

/// Object "protocol".
struct ProtocolConfig {
  ProtocolKind kind = ProtocolKind::parameter_server;
  int server_shards = 1;    ///< S, hosts among which the server's model is divided (D62)
  int skip_flag_bytes = 1;  ///< sent instead of an upload by a worker that skips
  // parameter_server
  Reception uplink = Reception::sequential;
  ServerPlace server = ServerPlace::dedicated;
  BroadcastKind broadcast = BroadcastKind::star;
  OnFailure on_failure = OnFailure::stop;
  std::optional<Seconds> timeout;  ///< go_on: how long the server waits for an upload
  // all_reduce
  CollectiveConfig collective;
  std::int64_t chunk_bytes = 0;  ///< longest piece of a message; 0: messages are sent whole
  int buckets = 1;  ///< parts of the gradient, each summed while later ones are computed
  // gossip
  algorithms::TopologyConfig topology;
  algorithms::MixingKind mixing = algorithms::MixingKind::metropolis;
  [[nodiscard]] bool has_server() const {
    return kind == ProtocolKind::parameter_server || kind == ProtocolKind::asynchronous;
  }
  /// Whether what is learned depends on who is late.
  [[nodiscard]] bool depends_on_timing() const {
    return kind == ProtocolKind::asynchronous || on_failure == OnFailure::go_on;
  }
  friend bool operator==(const ProtocolConfig&, const ProtocolConfig&) = default;
};

}  // namespace gradwire::protocols
