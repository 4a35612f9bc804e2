#include "sim/protocols/all_reduce/composed_collective.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "sim/protocols/all_reduce/collective_routes.hpp"
#include "sim/protocols/all_reduce/collective_timing.hpp"

namespace gradwire::protocols {
namespace {

/// Of all nodes; about 50 MB. A collective of more steps is simulated.
constexpr std::size_t most_steps = std::size_t{1} << 20;

/// Plays the steps of all nodes with known durations of messages.
class StepClock {
 public:
  StepClock(const CollectiveLoad& collectives, const cost::IterationLoad& load,
            const network::Platform& platform, const MessageDurations& durations,
            const std::vector<FlopsPerSecond>& speeds)
      : collectives_(collectives),
        load_(load),
        platform_(platform),
        durations_(durations),
        speeds_(speeds),
        nodes_(load.workers.size()) {}

  /// [M]; empty if there are too many steps or a message's duration is unknown.
  std::vector<NodeDates> dates() {
    if (!collect_steps()) return {};
    for (std::size_t n = 0; n < nodes_.size(); ++n) {
      Node& node = nodes_[n];
      node.now = Seconds{load_.workers[n].compute.value / speeds_[n].value};
      node.dates.compute = {Seconds{}, node.now};
      active_.push_back(static_cast<int>(n));
    }
    while (!active_.empty() && !is_unknown_) {
      const int node = active_.back();
      active_.pop_back();
      advance(node);
    }
    if (is_unknown_) return {};
    std::vector<NodeDates> dates;
    for (std::size_t n = 0; n < nodes_.size(); ++n) dates.push_back(finished(n));
    return dates;
  }

 private:
  struct Node {
    std::vector<CollectiveStep> steps;
    std::size_t next = 0;                                ///< the open step
    Seconds now;                                         ///< date of the node's actor
    bool has_entered = false, has_sent = false;          ///< in the open step
    std::optional<Seconds> sends_since, receives_since;  ///< posted and not matched
    int sends_to = CollectiveStep::nobody;
    Bytes sends;                      ///< size of the newest message
    bool is_sending = false;          ///< posted, and its end is not known
    Seconds sent;                     ///< end of the newest message sent
    std::optional<Seconds> received;  ///< end of the open step's message
    std::optional<Seconds> first;     ///< start of the first transfer
    NodeDates dates;
  };

  Node& at(int node) { return nodes_[static_cast<std::size_t>(node)]; }

  bool collect_steps() {
    std::size_t all = 0;
    for (std::size_t n = 0; n < nodes_.size() && all <= most_steps; ++n) {
      collectives_.each_step(0, static_cast<int>(n), [&](const CollectiveStep& step) {
        if (++all <= most_steps) nodes_[n].steps.push_back(step);
      });
    }
    return all <= most_steps;
  }

  /// As far as the node gets without others.
  void advance(int number) {
    Node& node = at(number);
    while (node.next < node.steps.size()) {
      const CollectiveStep& step = node.steps[node.next];
      if (!node.has_entered) {
        node.has_entered = true;
        if (step.receives()) node.receives_since = node.now;
        if (step.receives()) match(step.from, number);
      }
      if (step.sends() && !node.has_sent) {
        if (node.is_sending) return;
        node.has_sent = true;
        node.now = std::max(node.now, node.sent);
        node.sends_since = node.now;
        node.sends_to = step.to;
        node.sends = collectives_.size(step.sent, 0, 1);
        node.is_sending = true;
        match(number, step.to);
      }
      if (step.receives() && !node.received) return;
      if (step.receives()) {
        const double adding = collectives_.adding(step, 1).value;
        node.now = std::max(node.now, *node.received) + Seconds{adding / speed(number)};
      }
      node.received.reset();
      node.has_entered = node.has_sent = false;
      ++node.next;
    }
  }

  /// Lets the message move if both ends are ready for it.
  void match(int from, int to) {
    Node &sender = at(from), &receiver = at(to);
    if (!sender.sends_since || sender.sends_to != to || !receiver.receives_since) return;
    if (receiver.steps[receiver.next].from != from) return;
    const Bytes size = sender.sends;
    const Seconds* const duration = durations_.find(from, to, size);
    if (duration == nullptr) {
      is_unknown_ = true;
      return;
    }
    const Seconds begin = std::max(*sender.sends_since, *receiver.receives_since);
    for (Node* const node : {&sender, &receiver}) {
      node->first = node->first ? std::min(*node->first, begin) : begin;
    }
    if (is_remote(from, to)) sender.dates.sent += size;
    sender.sent = begin + *duration;
    receiver.received = sender.sent;
    sender.is_sending = false;
    sender.sends_since.reset();
    receiver.receives_since.reset();
    active_.push_back(from);
    active_.push_back(to);
  }

  NodeDates finished(std::size_t number) {
    Node& node = nodes_[number];
    node.dates.first_transfer = node.first.value_or(node.dates.compute.end);
    node.dates.end_of_collective = std::max(node.now, node.sent);
    node.dates.end =
        node.dates.end_of_collective + Seconds{load_.server.value / speeds_[number].value};
    return node.dates;
  }

  [[nodiscard]] double speed(int node) const {
    return speeds_[static_cast<std::size_t>(node)].value;
  }
  [[nodiscard]] bool is_remote(int from, int to) const {
    return platform_.workers[static_cast<std::size_t>(from)] !=
           platform_.workers[static_cast<std::size_t>(to)];
  }

  const CollectiveLoad& collectives_;
  const cost::IterationLoad& load_;
  const network::Platform& platform_;
  const MessageDurations& durations_;
  const std::vector<FlopsPerSecond>& speeds_;
  std::vector<Node> nodes_;
  std::vector<int> active_;  ///< nodes that may get further
  bool is_unknown_ = false;  ///< a message's duration is unknown
};

bool has_own_hosts(const std::vector<network::Host>& workers) {
  return std::set<network::Host>(workers.begin(), workers.end()).size() == workers.size();
}

}  // namespace

ComposedCollective::ComposedCollective(const network::Simulation& simulation,
                                       const network::Platform& platform,
                                       const ProtocolConfig& protocol,
                                       const MessageDurations& durations)
    : platform_(platform),
      protocol_(protocol),
      durations_(durations),
      applies_(
          protocol.buckets == 1 && protocol.chunk_bytes == 0 && has_own_hosts(platform.workers) &&
          !network::may_share_links(simulation, collective_routes(platform, protocol.collective))) {
  for (const network::Host worker : platform.workers) speeds_.push_back(network::speed(worker));
}

const cost::IterationTiming* ComposedCollective::timing(const cost::IterationLoad& load) {
  if (load == composed_) return &newest_;
  if (!applies_ || durations_.empty() || !cost::all_take_part(load)) return nullptr;
  composed_ = {};
  const CollectiveLoad collectives(protocol_, load);
  const std::vector<NodeDates> dates =
      StepClock(collectives, load, platform_, durations_, speeds_).dates();
  if (dates.empty()) return nullptr;
  newest_ = timing_of(load, dates);
  for (const NodeDates& node : dates) newest_.ledger.uplink += node.sent;
  newest_.ledger.carried = newest_.ledger.uplink;  // learn() has accepted no other iterations
  composed_ = load;
  return &newest_;
}

void ComposedCollective::learn(const cost::IterationLoad& /*load*/,
                               const cost::IterationTiming& timing) {
  if (timing.ledger.carried != timing.ledger.uplink) applies_ = false;
}

Seconds ComposedCollective::slack() const {
  constexpr double timing_precision = 1e-9;  // SimGrid's precision/timing
  const double steps = 2.0 * static_cast<double>(platform_.workers.size());
  return Seconds{timing_precision * steps};
}

}  // namespace gradwire::protocols
