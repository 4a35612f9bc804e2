#include "sim/protocols/gossip/gossip_nodes.hpp"

#include <string>
#include <utility>

namespace gradwire::protocols {

using network::Simulation;

GossipNodes::GossipNodes(network::Simulation& simulation, const network::Platform& platform,
                         bool sends_first)
    : simulation_(simulation),
      platform_(platform),
      sends_first_(sends_first),
      nodes_(platform.workers.size()) {}

void GossipNodes::work(int node) {
  while (GossipIteration* const iteration = next(node)) take_part(node, *iteration);
}

GossipIteration* GossipNodes::next(int node) {
  Node& self = at(node);
  if (++self.iteration > newest_) {
    waiting_.push_back(node);
    ring();
    self.go.wait();
    if (stopped_) return nullptr;
  }
  return &open_iteration(self.iteration);
}

void GossipNodes::take_part(int node, GossipIteration& iteration) {
  const cost::NodeLoad& load = iteration.load.nodes[static_cast<std::size_t>(node)];
  GossipDates& dates = iteration.dates[static_cast<std::size_t>(node)];
  dates.begin = Simulation::now();
  if (iteration.begun++ == 0) iteration.begin = dates.begin;
  compute(sends_first_ ? load.coding : load.gradient + load.coding, gradients_);
  if (sends_first_) send(node, iteration);
  if (sends_first_) compute(load.gradient, gradients_);
  dates.computed = Simulation::now();
  if (!sends_first_) send(node, iteration);
  receive(node, iteration);
  dates.received = Simulation::now();
  compute(load.mixing, mixing_);
  iteration.end = dates.end = Simulation::now();
  if (++iteration.ended == nodes_.size()) ring();
}

void GossipNodes::compute(Flops work, OngoingComputations& kind) {
  if (work.value <= 0) return;  // would cost an event
  kind.begin(Simulation::now());
  network::compute(work);
  kind.end(Simulation::now());
}

void GossipNodes::send(int node, GossipIteration& iteration) {
  for (const std::int32_t i : iteration.sent.of(node)) {
    GossipMessage& message = iteration.messages[static_cast<std::size_t>(i)];
    if (message.crosses_network) {
      dispatch(message);
    } else {
      message.moves = true;
      announce(message);
    }
  }
}

void GossipNodes::receive(int node, GossipIteration& iteration) {
  for (const std::int32_t i : iteration.received.of(node)) {
    const GossipMessage& message = iteration.messages[static_cast<std::size_t>(i)];
    if (!message.moves) {
      at(node).awaited = &message;
      at(node).go.wait();
    }
    if (!message.crosses_network) continue;
    message.transfer.wait();
    delivered_ += message.size;
  }
}

void GossipNodes::dispatch(GossipMessage& message) {
  Edge& edge = edge_of(message);
  if (!edge.is_served && (!edge.is_used || edge.newest.has_ended())) return start(message, edge);
  edge.queue.push_back(&message);
  if (edge.is_served) return;
  edge.is_served = true;
  simulation_.spawn(
      host(message.from),
      "messages from " + std::to_string(message.from) + " to " + std::to_string(message.to),
      [this, &edge] { serve(edge); }, Simulation::Stack::small);
}

void GossipNodes::serve(Edge& edge) {
  while (!edge.queue.empty()) {
    edge.newest.wait();
    start(*edge.queue.front(), edge);
    edge.queue.pop_front();
  }
  edge.is_served = false;
}

void GossipNodes::start(GossipMessage& message, Edge& edge) {
  message.transfer = network::Transfer(host(message.from), host(message.to), message.size);
  message.moves = true;
  edge.newest = message.transfer;
  edge.is_used = true;
  transfers_.add(message.transfer);
  announce(message);
}

void GossipNodes::announce(const GossipMessage& message) {
  Node& receiver = at(message.to);
  if (receiver.awaited != &message) return;
  receiver.awaited = nullptr;
  receiver.go.raise();
}

void GossipNodes::ring() {
  if (std::exchange(rung_, true)) return;
  bell_.raise();
}

void GossipNodes::wait_for_news() {
  bell_.wait();
  rung_ = false;
  for (std::size_t waited = 0; waited < waiting_.size() && !all_rest();) {
    waited = waiting_.size();
    Simulation::let_others_run();
  }
}

void GossipNodes::open(GossipIteration iteration) {
  require_routes(iteration);
  newest_ = iteration.number;
  open_.push_back(std::move(iteration));
  for (const int node : std::exchange(waiting_, {})) {
    at(node).iteration = newest_;  // those before may not have been simulated
    at(node).go.raise();
  }
}

GossipIteration* GossipNodes::ended() {
  return !open_.empty() && open_.front().ended == nodes_.size() ? &open_.front() : nullptr;
}

void GossipNodes::stop() {
  stopped_ = true;
  for (const int node : std::exchange(waiting_, {})) at(node).go.raise();
}

BusySeconds GossipNodes::busy() {
  const Seconds now = Simulation::now();
  return {.uplink = transfers_.report(now),
          .downlink = {},
          .compute = gradients_.report(now),
          .auxiliary_compute = {},
          .server = mixing_.report(now)};
}

GossipNodes::Edge& GossipNodes::edge_of(const GossipMessage& message) {
  return edges_[std::uint64_t{static_cast<std::uint32_t>(message.from)} << 32 |
                static_cast<std::uint32_t>(message.to)];
}

void GossipNodes::require_routes(const GossipIteration& iteration) {
  for (const GossipMessage& message : iteration.messages) {
    if (!message.crosses_network || edge_of(message).has_route) continue;
    network::require_route(platform_, host(message.from), host(message.to));
    edge_of(message).has_route = true;
  }
}

}  // namespace gradwire::protocols
