#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <unordered_map>
#include <vector>

#include "sim/network/platforms/platform.hpp"
#include "sim/network/semaphore.hpp"
#include "sim/network/simulation.hpp"
#include "sim/network/transfer.hpp"
#include "sim/protocols/gossip/gossip_iteration.hpp"
#include "sim/protocols/gossip/ongoing_activities.hpp"

namespace gradwire::protocols {

/// The nodes of a gossip method as actors. Each takes part in one iteration after the other, as far
/// as the messages to it allow, and asks for the next iteration when it is not open yet. Opening
/// iterations and closing what all nodes have ended is for one further actor, the coordinator.
class GossipNodes {
 public:
  /// All must outlive this object, and this object the simulation's run.
  GossipNodes(network::Simulation& simulation, const network::Platform& platform, bool sends_first);

  /// Body of a node's actor, until stop().
  void work(int node);

  // Called by the coordinator:

  /// Blocks until a node waits for an iteration that is not open, or all have ended one. Then
  /// gives the nodes that come to that point at the same date the time to do so.
  void wait_for_news();
  [[nodiscard]] bool some_wait() const { return !waiting_.empty(); }
  /// All nodes wait for the next iteration; no message is under way.
  [[nodiscard]] bool all_rest() const { return waiting_.size() == nodes_.size(); }
  /// Lets the waiting nodes begin `iteration`. Its number is one more than that of the last one; if
  /// all rest, it may be any later one. Throws InputError if a route along an edge is missing.
  void open(GossipIteration iteration);
  /// The oldest open iteration, if all nodes have ended it; else null.
  [[nodiscard]] GossipIteration* ended();
  void close() { open_.pop_front(); }
  /// Ends the waiting nodes' actors.
  void stop();

  /// Busy times of all nodes since the last call.
  [[nodiscard]] BusySeconds busy();
  /// Bytes that have arrived from other hosts.
  [[nodiscard]] Bytes delivered() const { return delivered_; }

 private:
  struct Node {
    network::Semaphore go;                   ///< raised when what it waits for is there
    std::int64_t iteration = 0;              ///< number of its newest
    const GossipMessage* awaited = nullptr;  ///< it waits until this message moves
  };
  /// Keeps the order of messages along an edge: like those of a TCP connection, they move one after
  /// the other.
  struct Edge {
    std::deque<GossipMessage*> queue;  ///< to move once the one before has ended
    network::Transfer newest;
    bool has_route = false;  ///< was checked
    bool is_used = false;    ///< there is a `newest`
    bool is_served = false;  ///< an actor starts the messages in the queue
  };

  /// The next iteration of a node, in which it can take part now; null if it has to stop.
  GossipIteration* next(int node);
  void take_part(int node, GossipIteration& iteration);
  void compute(Flops work, OngoingComputations& kind);
  void send(int node, GossipIteration& iteration);
  void receive(int node, GossipIteration& iteration);
  /// Starts a message along an edge in its order.
  void dispatch(GossipMessage& message);
  void start(GossipMessage& message, Edge& edge);
  /// Tells the receiver, if it waits for this message, that it moves.
  void announce(const GossipMessage& message);
  /// Starts the messages in an edge's queue one after the other.
  void serve(Edge& edge);
  /// Wakes the coordinator.
  void ring();
  void require_routes(const GossipIteration& iteration);
  [[nodiscard]] GossipIteration& open_iteration(std::int64_t number) {
    return open_[static_cast<std::size_t>(number - open_.front().number)];
  }
  [[nodiscard]] network::Host host(std::int32_t node) const {
    return platform_.workers[static_cast<std::size_t>(node)];
  }
  [[nodiscard]] Node& at(int node) { return nodes_[static_cast<std::size_t>(node)]; }
  [[nodiscard]] Edge& edge_of(const GossipMessage& message);

  network::Simulation& simulation_;
  const network::Platform& platform_;
  bool sends_first_;
  std::vector<Node> nodes_;                        ///< [M]
  std::unordered_map<std::uint64_t, Edge> edges_;  ///< by sender and receiver
  std::deque<GossipIteration> open_;               ///< in order; references stay valid
  std::int64_t newest_ = 0;                        ///< number of the last iteration opened
  std::vector<int> waiting_;                       ///< nodes that wait for the next iteration
  network::Semaphore bell_;
  bool rung_ = false;
  bool stopped_ = false;
  OngoingComputations gradients_, mixing_;
  OngoingTransfers transfers_;
  Bytes delivered_;
};

}  // namespace gradwire::protocols
