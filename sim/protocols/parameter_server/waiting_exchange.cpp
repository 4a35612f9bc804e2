#include "sim/protocols/parameter_server/waiting_exchange.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

#include "sim/cost/busy_time.hpp"
#include "sim/protocols/parameter_server/broadcast.hpp"

namespace gradwire::protocols {

using network::Simulation;

namespace {

/// Workers per actor of the server. SimGrid scans an actor's pending activities on every wait: one
/// actor for M workers costs O(M^2) per iteration.
constexpr std::size_t workers_per_helper = 32;

}  // namespace

WaitingExchange::WaitingExchange(network::Simulation& simulation, const network::Platform& platform,
                                 ProtocolConfig protocol)
    : SimulatedExchange(platform), simulation_(simulation), protocol_(std::move(protocol)) {
  for (std::size_t m = 0; m < platform.workers.size(); ++m) {
    to_worker_.emplace_back("to worker " + std::to_string(m), platform.workers[m]);
    to_server_.emplace_back("from worker " + std::to_string(m), platform.server);
  }
  if (protocol_.broadcast == BroadcastKind::binomial) require_tree();
  started_.resize(platform.workers.size());
  delivered_.resize(platform.workers.size());
  replies_.resize(platform.workers.size());
  start_helpers();
  if (free_broadcast()) wake_ = std::vector<network::Semaphore>(platform.workers.size());
}

void WaitingExchange::require_tree() const {
  const int nodes = static_cast<int>(platform().workers.size()) + 1;
  const auto host = [this](int node) {
    return node == 0 ? platform().server : platform().workers[static_cast<std::size_t>(node) - 1];
  };
  for (int node = 0; node < nodes; ++node) {
    for (const int child : children_of(node, nodes)) {
      network::require_route(platform(), host(node), host(child));
    }
  }
}

void WaitingExchange::work(int worker) {
  const auto index = static_cast<std::size_t>(worker);
  if (waits_for_failed()) resend_model_after_restart(index);
  while (const auto downlink = wait_for_model(worker)) {
    if (protocol_.broadcast == BroadcastKind::binomial) forward(worker + 1);
    const std::int64_t round = round_;  // the server may advance before send() returns
    const cost::WorkerLoad& load = load_->workers[index];
    const Seconds begin = Simulation::now();
    network::compute(load.compute);
    to_server_[index].send({.downlink = *downlink, .compute = {begin, Simulation::now()}},
                           load.upload);
    if (waits_for_failed()) delivered_[index] = round;
  }
}

/// Interval of the model's transfer; nullopt after stop().
std::optional<Interval> WaitingExchange::wait_for_model(int worker) {
  const auto index = static_cast<std::size_t>(worker);
  if (free_broadcast()) {
    wake_[index].wait();
    if (stopped_) return std::nullopt;
    return Interval{Simulation::now(), Simulation::now()};
  }
  const network::Delivery<Command> command = to_worker_[index].receive();
  if (command.value.stop) return std::nullopt;
  if (waits_for_failed()) ++models_[index];
  return Interval{command.started, command.finished};
}

void WaitingExchange::start_helpers() {
  const std::size_t workers = to_worker_.size();
  for (std::size_t first = 0; first < workers; first += workers_per_helper) {
    blocks_.push_back({.first = first, .end = std::min(first + workers_per_helper, workers)});
  }
  start_ = std::vector<network::Semaphore>(blocks_.size() - 1);
  for (std::size_t c = 0; c < start_.size(); ++c) {
    simulation_.spawn(
        platform().server, "clerk " + std::to_string(c), [this, c] { helper(c); },
        Simulation::Stack::small);
  }
}

void WaitingExchange::helper(std::size_t number) {
  for (;;) {
    start_[number].wait();
    if (stopped_) return;
    serve(blocks_[number + 1]);
    done_.raise();
  }
}

void WaitingExchange::serve(Block block) {
  const std::vector<Sending> broadcast = start_broadcast(block);
  const bool served_by_the_server = block.first == 0;
  if (served_by_the_server && protocol_.broadcast == BroadcastKind::binomial) forward(0);
  if (protocol_.uplink == Reception::concurrent) {
    receive_concurrently(block);
  } else if (served_by_the_server) {
    receive_one_by_one();
  }
  for (const auto& sending : broadcast) {
    if (waits_for_failed()) {
      network::arrives(
          sending);  // a model lost to a host failure is sent again by resend_model_after_restart()
    } else {
      network::wait_for(sending);
    }
  }
}

std::vector<WaitingExchange::Sending> WaitingExchange::start_broadcast(Block block) {
  std::vector<Sending> broadcast;
  for (std::size_t m = block.first; m < block.end; ++m) {
    if (!takes_part(m)) continue;
    if (free_broadcast()) wake_[m].raise();
    if (protocol_.broadcast == BroadcastKind::star) {
      broadcast.push_back(to_worker_[m].start_send({}, cost::download_of(*load_, m)));
    }
  }
  return broadcast;
}

void WaitingExchange::forward(int node) {
  for (const int child : children_of(node, static_cast<int>(to_worker_.size()) + 1)) {
    to_worker_[static_cast<std::size_t>(child) - 1].send({}, load_->model);
  }
}

cost::IterationTiming WaitingExchange::simulate(const cost::IterationLoad& load,
                                                const ServerWork& /*server*/) {
  load_ = &load;
  const bool is_for_all = cost::all_take_part(load) && !cost::downloads_differ(load);
  if (protocol_.broadcast == BroadcastKind::binomial && !is_for_all) {
    throw std::logic_error("a binomial broadcast of a message that is not for all workers");
  }
  const Seconds begin = Simulation::now();
  const cost::ByteLedger before = ledger();
  ++round_;
  models_.assign(to_worker_.size(), 0);
  for (auto& order : start_) order.raise();
  serve(blocks_.front());
  for (std::size_t c = 0; c < start_.size(); ++c) done_.wait();
  const Seconds all_there = Simulation::now();
  if (load.server.value > 0) network::compute(load.server);
  cost::IterationTiming result = timing(begin);
  result.busy.server = Simulation::now() - all_there;
  result.ledger = ledger() - before;
  result.restarts = std::ranges::count_if(models_, [](int models) { return models > 1; });
  return result;
}

void WaitingExchange::receive_concurrently(Block block) {
  std::vector<Receiving> posted;
  for (std::size_t m = block.first; m < block.end; ++m) {
    if (takes_part(m)) posted.push_back(to_server_[m].start_receive());
  }
  auto next = posted.begin();
  for (std::size_t m = block.first; m < block.end; ++m) {
    if (takes_part(m)) replies_[m] = reply_of(m, std::move(*next++));
  }
}

/// In the order of the workers; a transfer cannot start before its receive is posted.
void WaitingExchange::receive_one_by_one() {
  for (std::size_t m = 0; m < to_server_.size(); ++m) {
    if (takes_part(m)) replies_[m] = reply_of(m, to_server_[m].start_receive());
  }
}

network::Delivery<WaitingExchange::Reply> WaitingExchange::reply_of(std::size_t m,
                                                                    Receiving posted) {
  if (!waits_for_failed()) return posted.get();
  auto reply = posted.get_unless_failed();
  while (!reply) reply = to_server_[m].start_receive().get_unless_failed();
  return std::move(*reply);
}

void WaitingExchange::resend_model_after_restart(std::size_t m) {
  const bool begins_again = std::exchange(started_[m], 1) == 1;
  const bool wants = begins_again && load_ != nullptr && takes_part(m) && delivered_[m] < round_ &&
                     !to_worker_[m].has_unreceived();
  if (!wants) return;
  simulation_.spawn(platform().server, "send again", [this, m] {
    const Sending sending = to_worker_[m].start_send({}, cost::download_of(*load_, m));
    network::arrives(sending);
  });
}

void WaitingExchange::stop() {
  stopped_ = true;
  for (auto& call : wake_) call.raise();
  for (auto& order : start_) order.raise();
  if (free_broadcast()) return;
  if (waits_for_failed()) return Simulation::kill_others();  // some hosts may never return
  for (auto& worker : to_worker_) worker.send({.stop = true}, Bytes{0});
}

cost::ByteLedger WaitingExchange::ledger() const {
  return {.uplink = network::delivered(to_server_),
          .downlink = network::delivered(to_worker_),
          .carried = simulation_.carried()};
}

cost::IterationTiming WaitingExchange::timing(Seconds begin) const {
  cost::IterationTiming timing{.duration = Simulation::now() - begin, .workers = {}};
  cost::WorkersBusy busy;
  const auto since_begin = [begin](Interval i) { return Interval{i.begin - begin, i.end - begin}; };
  for (std::size_t m = 0; m < replies_.size(); ++m) {
    if (!takes_part(m)) {
      timing.workers.push_back({.remote = is_remote(m)});
      continue;
    }
    const Reply& reply = replies_[m].value;
    const cost::WorkerLoad& load = load_->workers[m];
    const Bytes download = cost::download_of(*load_, m);
    const bool sent_again = is_remote(m) && models_[m] > 1;
    const WorkerTimes times{
        .downlink = since_begin(reply.downlink),
        .compute = since_begin(reply.compute),
        .uplink = since_begin({replies_[m].started, replies_[m].finished}),
        .auxiliary = cost::part_of_computing(load, reply.compute, load.auxiliary),
        .model = free_broadcast() ? Bytes{0} : download,
        .upload = load.upload,
        .remote = is_remote(m),
        .resent = sent_again ? (models_[m] - 1) * download : Bytes{0}};
    busy.add(times, cost::part_of_computing(load, reply.compute, load.coding));
    timing.workers.push_back(times);
  }
  timing.busy = busy.total();
  return timing;
}

}  // namespace gradwire::protocols
