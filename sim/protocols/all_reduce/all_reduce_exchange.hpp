#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <vector>

#include "sim/cost/cost_model.hpp"
#include "sim/cost/iteration_timing.hpp"
#include "sim/network/channel.hpp"
#include "sim/network/semaphore.hpp"
#include "sim/protocols/all_reduce/collective.hpp"
#include "sim/protocols/all_reduce/collective_load.hpp"
#include "sim/protocols/all_reduce/message_durations.hpp"
#include "sim/protocols/config.hpp"
#include "sim/protocols/simulated_exchange.hpp"

namespace gradwire::protocols {

/// Exchange without a server: every worker holds the model, computes, and takes part in a
/// collective that gives all of them the sum of the uploads, or, where uploads cannot be added on
/// the way, all uploads. run() and stop() are called by an actor that sends nothing.
///
/// With several buckets, each worker has two actors: one computes, the other takes part in the
/// collective of a bucket once it is ready and the one before is done.
class AllReduceExchange final : public SimulatedExchange {
 public:
  /// `durations`, if given, receives the duration of every message.
  AllReduceExchange(network::Simulation& simulation, const network::Platform& platform,
                    const ProtocolConfig& protocol, MessageDurations* durations = nullptr);

  void work(int worker) override;
  void stop() override;

 private:
  struct Data {};
  using Channel = network::Channel<Data>;
  /// A message that a node has begun to send.
  struct Outgoing {
    Channel::Sending sending;
    int to;
    Bytes size;
  };
  /// State of a worker's actors.
  struct Node {
    std::map<int, Channel> to;         ///< by the receiver
    std::optional<Outgoing> outgoing;  ///< not known to have ended
    network::Semaphore ready;          ///< raised for each bucket
    // Dates and bytes of the open iteration:
    Interval compute;
    std::optional<Seconds> first_transfer;
    Seconds end_of_collective;
    Seconds end;
    Bytes sent;  ///< to other hosts
  };

  cost::IterationTiming simulate(const cost::IterationLoad& load,
                                 const ServerWork& server) override;
  [[nodiscard]] bool overlaps() const { return protocol_.buckets > 1; }
  /// Starts the second actor of a worker.
  void start_communicating(int worker);
  void compute(int node);
  /// All collectives of an iteration, and what follows from them.
  void communicate(int node);
  void take(int node, const CollectiveStep& step);
  void start_send(int node, const CollectiveStep& step, int piece, int pieces);
  void wait_until_sent(int node);
  void note_transfer(int node, Interval transfer);
  Channel& channel(int from, int to);
  [[nodiscard]] network::Host host(int node) const {
    return platform().workers[static_cast<std::size_t>(node)];
  }
  [[nodiscard]] Node& at(int node) { return nodes_[static_cast<std::size_t>(node)]; }
  [[nodiscard]] cost::ByteLedger ledger() const;
  [[nodiscard]] cost::IterationTiming timing(Seconds begin) const;

  network::Simulation& simulation_;
  ProtocolConfig protocol_;
  MessageDurations* durations_;
  std::vector<Node> nodes_;                ///< [M]
  std::vector<network::Semaphore> start_;  ///< [M], raised to begin an iteration, or to stop
  network::Semaphore done_;                ///< raised by each worker at its end of the iteration
  const cost::IterationLoad* load_ = nullptr;  ///< of the open iteration
  std::optional<CollectiveLoad> collectives_;  ///< of the open iteration
  bool stopped_ = false;
};

}  // namespace gradwire::protocols
