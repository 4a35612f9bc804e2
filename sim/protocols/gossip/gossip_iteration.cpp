#include "sim/protocols/gossip/gossip_iteration.hpp"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <optional>
#include <utility>

namespace gradwire::protocols {
namespace {

std::vector<GossipMessage> messages_of(const cost::GossipLoad& load,
                                       const network::Platform& platform) {
  const auto host = [&](std::int32_t node) {
    return platform.workers.at(static_cast<std::size_t>(node));
  };
  std::vector<GossipMessage> messages;
  messages.reserve(load.edges.size());
  for (const cost::EdgeLoad& edge : load.edges) {
    messages.push_back({.from = edge.from,
                        .to = edge.to,
                        .size = edge.size,
                        .crosses_network = host(edge.from) != host(edge.to),
                        .transfer = {}});
  }
  return messages;
}

/// [M], of each node's messages that cross the network: the bytes sent, and the time from the begin
/// of the first to the end of the last, sent or received.
struct NodeTraffic {
  std::optional<Interval> span;
  Bytes sent;
};

std::vector<NodeTraffic> traffic_of(const GossipIteration& iteration) {
  std::vector<NodeTraffic> nodes(iteration.dates.size());
  for (const GossipMessage& message : iteration.messages) {
    if (!message.crosses_network) continue;
    const Interval moved{message.transfer.began(), message.transfer.ended()};
    for (const std::int32_t end : {message.from, message.to}) {
      std::optional<Interval>& span = nodes[static_cast<std::size_t>(end)].span;
      span = span ? Interval{std::min(span->begin, moved.begin), std::max(span->end, moved.end)}
                  : moved;
    }
    nodes[static_cast<std::size_t>(message.from)].sent += message.size;
  }
  return nodes;
}

}  // namespace

MessagesOfNodes::MessagesOfNodes(const std::vector<GossipMessage>& messages, std::size_t nodes,
                                 std::int32_t GossipMessage::*end)
    : first_(nodes + 1), indices_(messages.size()) {
  for (const GossipMessage& message : messages)
    ++first_[static_cast<std::size_t>(message.*end) + 1];
  std::partial_sum(first_.begin(), first_.end(), first_.begin());
  std::vector<std::size_t> next(first_.begin(), first_.end() - 1);
  for (std::size_t i = 0; i < messages.size(); ++i) {
    indices_[next[static_cast<std::size_t>(messages[i].*end)]++] = static_cast<std::int32_t>(i);
  }
}

GossipIteration::GossipIteration(std::int64_t t, cost::GossipLoad of_exchange,
                                 const network::Platform& platform)
    : number(t),
      load(std::move(of_exchange)),
      messages(messages_of(load, platform)),
      sent(messages, load.nodes.size(), &GossipMessage::from),
      received(messages, load.nodes.size(), &GossipMessage::to),
      dates(load.nodes.size()) {}

cost::IterationTiming GossipIteration::timing() const {
  const auto since = [this](Seconds date) { return date - begin; };
  const auto span = [&](Interval of) { return Interval{since(of.begin), since(of.end)}; };
  cost::IterationTiming timing{.duration = since(end), .workers = {}};
  timing.workers.reserve(dates.size());
  const std::vector<NodeTraffic> traffic = traffic_of(*this);
  for (std::size_t m = 0; m < dates.size(); ++m) {
    const GossipDates& node = dates[m];
    const Interval none{node.computed, node.computed};
    timing.workers.push_back({.downlink = {},
                              .compute = span({node.begin, node.computed}),
                              .uplink = span(traffic[m].span.value_or(none)),
                              .auxiliary = {},
                              .model = {},
                              .upload = traffic[m].sent,
                              .resent = {},
                              .handling = span({node.received, node.end}),
                              .along_edges = true,
                              .messages = std::ssize(sent.of(static_cast<int>(m)))});
  }
  return timing;
}

GossipReport::GossipReport(const IterationWork& work, const cost::GossipLoad& load,
                           const network::Platform& platform)
    : parts(work.exchanges.front().parts), train(work.train) {
  std::vector<bool> sends(parts.size(), false);
  for (const EdgeMessage& edge : work.exchanges.front().edges) {
    ++communication.rounds;
    communication.uplink_payload += edge.sent.payload;
    sends[static_cast<std::size_t>(edge.from)] = true;
  }
  for (std::size_t m = 0; m < parts.size(); ++m) {
    if (sends[m]) communication.message_payload += parts[m].upload.payload;
  }
  for (const cost::EdgeLoad& edge : load.edges) {
    const auto host = [&](std::int32_t node) {
      return platform.workers.at(static_cast<std::size_t>(node));
    };
    if (host(edge.from) != host(edge.to)) communication.uplink_wire += edge.size;
  }
}

}  // namespace gradwire::protocols
