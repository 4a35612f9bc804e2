#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/core/iteration_record.hpp"
#include "sim/core/iteration_work.hpp"
#include "sim/cost/gossip_load.hpp"
#include "sim/cost/iteration_timing.hpp"
#include "sim/network/platforms/platform.hpp"
#include "sim/network/transfer.hpp"

namespace gradwire::protocols {

/// A message along an edge.
struct GossipMessage {
  std::int32_t from = 0;
  std::int32_t to = 0;
  Bytes size;
  bool crosses_network = true;  ///< false between nodes of one host: it is there when it is sent
  bool moves = false;           ///< has begun to move; within one host: is there
  network::Transfer transfer;   ///< if it crosses the network, and moves
};

/// What a node did in an iteration, by the engine's clock.
struct GossipDates {
  Seconds begin;
  Seconds computed;  ///< gradient and coding
  Seconds received;  ///< all messages to it are there, and it has computed
  Seconds end;       ///< of mixing
};

/// A node's messages by one of their ends: indices into GossipIteration::messages, in its order.
class MessagesOfNodes {
 public:
  /// `end`: which end of a message counts.
  MessagesOfNodes(const std::vector<GossipMessage>& messages, std::size_t nodes,
                  std::int32_t GossipMessage::*end);
  [[nodiscard]] std::span<const std::int32_t> of(int node) const {
    const auto n = static_cast<std::size_t>(node);
    return std::span(indices_).subspan(first_[n], first_[n + 1] - first_[n]);
  }

 private:
  std::vector<std::size_t> first_;     ///< [M + 1]
  std::vector<std::int32_t> indices_;  ///< [edges]
};

/// An iteration that some node may still be at work on.
struct GossipIteration {
  /// `load` is that of `exchange`.
  GossipIteration(std::int64_t t, cost::GossipLoad of_exchange, const network::Platform& platform);

  /// The timing of an iteration that all nodes have ended, without busy times and ledger.
  [[nodiscard]] cost::IterationTiming timing() const;

  std::int64_t number;  ///< t, from 1
  cost::GossipLoad load;
  std::vector<GossipMessage> messages;  ///< in the order of the edges
  MessagesOfNodes sent, received;
  std::vector<GossipDates> dates;    ///< [M]
  Seconds begin;                     ///< of the first node; set if `begun` is not 0
  Seconds end;                       ///< of the last node that has ended it
  std::size_t begun = 0, ended = 0;  ///< numbers of nodes
  /// All nodes began it at the same date with no message under way.
  bool began_at_rest = false;
};

/// What is reported of an iteration besides its timing.
struct GossipReport {
  /// Of the work's only exchange.
  GossipReport(const IterationWork& work, const cost::GossipLoad& load,
               const network::Platform& platform);

  std::vector<Part> parts;  ///< [M]
  Communication communication;
  BatchStatistics train;
};

}  // namespace gradwire::protocols
