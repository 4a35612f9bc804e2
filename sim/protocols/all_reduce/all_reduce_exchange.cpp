#include "sim/protocols/all_reduce/all_reduce_exchange.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

#include "sim/protocols/all_reduce/collective_timing.hpp"

namespace gradwire::protocols {

using network::Simulation;

AllReduceExchange::AllReduceExchange(network::Simulation& simulation,
                                     const network::Platform& platform,
                                     const ProtocolConfig& protocol, MessageDurations* durations)
    : SimulatedExchange(platform),
      simulation_(simulation),
      protocol_(protocol),
      durations_(durations),
      nodes_(platform.workers.size()),
      start_(platform.workers.size()) {}

void AllReduceExchange::work(int worker) {
  if (overlaps()) start_communicating(worker);
  for (;;) {
    start_[static_cast<std::size_t>(worker)].wait();
    if (stopped_) break;
    compute(worker);
    if (!overlaps()) communicate(worker);
  }
  at(worker).ready.raise();
}

void AllReduceExchange::start_communicating(int worker) {
  const auto body = [this, worker] {
    for (;;) {
      at(worker).ready.wait();
      if (stopped_) return;
      communicate(worker);
    }
  };
  simulation_.spawn(host(worker), "communication of worker " + std::to_string(worker), body,
                    Simulation::Stack::small);
}

void AllReduceExchange::compute(int node) {
  const cost::WorkerLoad& load = load_->workers[static_cast<std::size_t>(node)];
  const Seconds begin = Simulation::now();
  if (!overlaps()) {
    network::compute(load.compute);
    at(node).compute = {begin, Simulation::now()};
    return;
  }
  network::compute(load.compute - load.backward);
  for (int bucket = 0; bucket < protocol_.buckets; ++bucket) {
    network::compute({load.backward.value / protocol_.buckets});
    at(node).compute = {begin, Simulation::now()};
    at(node).ready.raise();
  }
}

void AllReduceExchange::communicate(int node) {
  Node& self = at(node);
  self.first_transfer.reset();
  self.sent = {};
  for (int c = 0; c < collectives_->collectives(); ++c) {
    if (overlaps() && c > 0) self.ready.wait();
    collectives_->each_step(c, node, [&](const CollectiveStep& step) { take(node, step); });
    wait_until_sent(node);
  }
  self.end_of_collective = Simulation::now();
  if (load_->server.value > 0) network::compute(load_->server);
  self.end = Simulation::now();
  done_.raise();
}

void AllReduceExchange::take(int node, const CollectiveStep& step) {
  const int to_send = step.sends() ? collectives_->pieces(step.sent) : 0;
  const int to_receive = step.receives() ? collectives_->pieces(step.received) : 0;
  std::optional<Channel::Receiving> posted;
  if (step.receives()) posted = channel(step.from, node).start_receive();
  if (step.sends()) start_send(node, step, 0, to_send);
  for (int piece = 0; piece < std::max(to_send, to_receive); ++piece) {
    const bool has_come = piece < to_receive;
    if (has_come) {
      const network::Delivery<Data> delivery = posted->get();
      note_transfer(node, {delivery.started, delivery.finished});
    }
    // The next pieces move while this one is added.
    if (piece + 1 < to_receive) posted = channel(step.from, node).start_receive();
    if (piece + 1 < to_send) start_send(node, step, piece + 1, to_send);
    const Flops work = has_come ? collectives_->adding(step, to_receive) : Flops{};
    if (work.value > 0) network::compute(work);
  }
}

void AllReduceExchange::start_send(int node, const CollectiveStep& step, int piece, int pieces) {
  wait_until_sent(node);
  const Bytes size = collectives_->size(step.sent, piece, pieces);
  at(node).outgoing = {
      .sending = channel(node, step.to).start_send({}, size), .to = step.to, .size = size};
  if (host(node) != host(step.to)) at(node).sent += size;
}

void AllReduceExchange::wait_until_sent(int node) {
  Node& self = at(node);
  if (!self.outgoing) return;
  network::wait_for(self.outgoing->sending);
  const Interval transfer = network::interval_of(self.outgoing->sending);
  note_transfer(node, transfer);
  if (durations_ != nullptr) {
    durations_->add(node, self.outgoing->to, self.outgoing->size, transfer.end - transfer.begin);
  }
  self.outgoing.reset();
}

void AllReduceExchange::note_transfer(int node, Interval transfer) {
  std::optional<Seconds>& first = at(node).first_transfer;
  first = first ? std::min(*first, transfer.begin) : transfer.begin;
}

AllReduceExchange::Channel& AllReduceExchange::channel(int from, int to) {
  auto& channels = at(from).to;
  const auto known = channels.find(to);
  if (known != channels.end()) return known->second;
  const std::string name = "node " + std::to_string(from) + " to " + std::to_string(to);
  return channels.emplace(to, Channel(name, host(to))).first->second;
}

cost::IterationTiming AllReduceExchange::simulate(const cost::IterationLoad& load,
                                                  const ServerWork& /*server*/) {
  if (!cost::all_take_part(load)) {
    throw std::logic_error("a collective in which not all workers take part");
  }
  load_ = &load;
  collectives_.emplace(protocol_, load);
  const Seconds begin = Simulation::now();
  const cost::ByteLedger before = ledger();
  for (auto& start : start_) start.raise();
  for (std::size_t m = 0; m < nodes_.size(); ++m) done_.wait();
  cost::IterationTiming result = timing(begin);
  result.ledger = ledger() - before;
  return result;
}

void AllReduceExchange::stop() {
  stopped_ = true;
  for (auto& start : start_) start.raise();
}

cost::ByteLedger AllReduceExchange::ledger() const {
  cost::ByteLedger sum{.uplink = {}, .downlink = {}, .carried = simulation_.carried()};
  for (const Node& node : nodes_) {
    for (const auto& [to, channel] : node.to) sum.uplink += channel.traffic().bytes;
  }
  return sum;
}

cost::IterationTiming AllReduceExchange::timing(Seconds begin) const {
  std::vector<NodeDates> dates;
  for (const Node& node : nodes_) {
    const auto since = [begin](Seconds date) { return date - begin; };
    dates.push_back({.compute = {since(node.compute.begin), since(node.compute.end)},
                     .first_transfer = since(node.first_transfer.value_or(node.compute.end)),
                     .end_of_collective = since(node.end_of_collective),
                     .end = since(node.end),
                     .sent = node.sent});
  }
  return timing_of(*load_, dates);
}

}  // namespace gradwire::protocols
