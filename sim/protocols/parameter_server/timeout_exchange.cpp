#include "sim/protocols/parameter_server/timeout_exchange.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>

#include "sim/cost/busy_time.hpp"

namespace gradwire::protocols {

using network::Simulation;

namespace {

constexpr Seconds never{std::numeric_limits<double>::infinity()};

/// Executes an action at the end of its scope, also when its actor's host fails.
template <class Action>
class Finally {
 public:
  explicit Finally(Action action) : action_(action) {}
  ~Finally() { action_(); }
  Finally(const Finally&) = delete;
  Finally& operator=(const Finally&) = delete;

 private:
  Action action_;
};

/// The part of `interval` within `round`, relative to the start of `round` and not before
/// `earliest`.
Interval within(Interval round, Interval interval, Seconds earliest) {
  const auto clipped = [&](Seconds date) {
    return std::max(earliest, std::clamp(date, round.begin, round.end) - round.begin);
  };
  return {clipped(interval.begin), clipped(interval.end)};
}

}  // namespace

TimeoutExchange::TimeoutExchange(const network::Simulation& simulation,
                                 const network::Platform& platform, const ProtocolConfig& protocol)
    : SimulatedExchange(platform), simulation_(simulation), protocol_(protocol) {
  for (std::size_t m = 0; m < platform.workers.size(); ++m) {
    to_worker_.emplace_back("to worker " + std::to_string(m), platform.workers[m]);
    to_server_.emplace_back("from worker " + std::to_string(m), platform.server);
  }
  members_ = std::vector<Member>(platform.workers.size());
  models_.resize(platform.workers.size());
}

void TimeoutExchange::work(int worker) {
  const auto m = static_cast<std::size_t>(worker);
  Member& me = members_[m];
  // After a host failure this actor has been restarted: the server no longer waits for what was in
  // progress then.
  me.alive = true;
  const Finally end([&me] { me.alive = false; });
  me.done = me.asked;
  me.sending = false;
  me.call = network::Semaphore();
  progress_.raise();
  while (true) {
    const auto round = wait_for_model(m);
    if (!round) continue;
    compute(me);
    if (me.last_dropped < *round) upload(m, *round);
    me.done = std::max(me.done, *round);
    progress_.raise();
  }
}

std::optional<std::int64_t> TimeoutExchange::wait_for_model(std::size_t m) {
  Member& me = members_[m];
  if (free_broadcast()) {
    me.call.wait();
    me.downlink = {Simulation::now(), Simulation::now()};
    return me.has_model_of = me.asked;
  }
  const auto command = to_worker_[m].start_receive().get_unless_failed();
  if (!command) return std::nullopt;
  me.received += command->value.size;
  me.downlink = {command->started, command->finished};
  return me.has_model_of = command->value.round;
}

void TimeoutExchange::compute(Member& me) {
  me.compute = {Simulation::now(), never};
  const Finally end([&me] { me.compute.end = Simulation::now(); });
  network::compute(me.load.compute);
}

void TimeoutExchange::upload(std::size_t m, std::int64_t round) {
  Member& me = members_[m];
  to_server_[m].drop_undelivered();
  const auto sending = to_server_[m].start_send({}, me.load.upload);
  if (me.last_dropped >= round) {  // at this same date
    network::cancel(sending);
    return;
  }
  const Finally end([&me] { me.uplink.end = Simulation::now(); });
  me.sending = true;
  network::arrives(sending);
  me.sending = false;
}

bool TimeoutExchange::is_free(std::size_t m) const {
  const Member& member = members_[m];
  return network::is_on(platform().workers[m]) && member.alive && member.done >= member.asked;
}

Dropped TimeoutExchange::absent() {
  while (true) {
    absent_.resize(members_.size());
    for (std::size_t m = 0; m < members_.size(); ++m) absent_[m] = !is_free(m);
    if (std::ranges::count(absent_, false) > 0) return absent_;
    progress_.wait();
  }
}

cost::IterationTiming TimeoutExchange::simulate(const cost::IterationLoad& load,
                                                const ServerWork& server) {
  const Seconds begin = Simulation::now();
  const cost::ByteLedger before = ledger();
  start_iteration(load);
  receive_all();
  const Seconds all_there = Simulation::now();
  const Flops work = server(dropped());
  if (work.value > 0) network::compute(work);
  cost::IterationTiming result = timing(begin, all_there);
  result.ledger = ledger() - before;
  return result;
}

void TimeoutExchange::start_iteration(const cost::IterationLoad& load) {
  ++round_;
  for (std::size_t m = 0; m < members_.size(); ++m) {
    Member& member = members_[m];
    member.arrived = false;
    // As returned by absent(): a worker that becomes free at this same date was absent when its
    // work was computed, and stays so.
    if (absent_[m] || !load.workers[m].takes_part) continue;
    member.asked = round_;
    member.load = load.workers[m];
    if (free_broadcast()) {
      member.call.raise();
    } else {
      to_worker_[m].drop_undelivered();
      const Bytes size = cost::download_of(load, m);
      models_[m] = to_worker_[m].start_send({round_, size}, size);
    }
  }
}

void TimeoutExchange::receive_all() {
  const bool concurrently = protocol_.uplink == Reception::concurrent;
  const Seconds begin = Simulation::now();
  std::vector<std::optional<Receiving>> posted(members_.size());
  const auto post = [&](std::size_t m) { posted[m].emplace(to_server_[m].start_receive()); };
  const auto takes_part = [&](std::size_t m) { return members_[m].asked == round_; };
  for (std::size_t m = 0; concurrently && m < members_.size(); ++m) {
    if (takes_part(m)) post(m);
  }
  for (std::size_t m = 0; m < members_.size(); ++m) {
    if (!takes_part(m)) continue;
    if (!concurrently) post(m);
    receive(m, *posted[m], (concurrently ? begin : Simulation::now()) + *protocol_.timeout);
  }
}

void TimeoutExchange::receive(std::size_t m, Receiving& posted, Seconds deadline) {
  auto reply = posted.try_get();
  while (!reply) {
    const Seconds left = deadline - Simulation::now();
    const bool somebody = left > Seconds{0} && progress_.wait_for(left);
    reply = posted.try_get();
    if (!somebody) break;
  }
  if (!reply) return give_up(m, posted);
  members_[m].arrived = true;
  members_[m].uplink = {reply->started, reply->finished};
}

void TimeoutExchange::give_up(std::size_t m, Receiving& posted) {
  Member& member = members_[m];
  member.last_dropped = round_;
  member.uplink.begin = posted.started();
  if (member.uplink.begin < Seconds{0}) member.uplink = {};  // the transfer has not started
  posted.cancel();
  const bool has_model = member.has_model_of == round_ || free_broadcast();
  if (!has_model && !models_[m]->test()) {
    member.downlink = {{models_[m]->get_start_time()}, Simulation::now()};
    network::cancel(models_[m]);
  }
  // A worker that waited for its model or for the transfer of its upload is free now; otherwise it
  // computes or is down.
  if (!has_model || member.sending) member.done = member.asked;
}

void TimeoutExchange::stop() { Simulation::kill_others(); }

Dropped TimeoutExchange::dropped() const {
  Dropped dropped(members_.size());
  for (std::size_t m = 0; m < members_.size(); ++m) dropped[m] = !members_[m].arrived;
  return dropped;
}

cost::ByteLedger TimeoutExchange::ledger() const {
  return {.uplink = network::delivered(to_server_),
          .downlink = network::delivered(to_worker_),
          .carried = simulation_.carried()};
}

WorkerTimes TimeoutExchange::times(std::size_t m, Interval round) {
  Member& member = members_[m];
  const bool was_drawn = member.asked == round_ || absent_[m];
  WorkerTimes times{.dropped = was_drawn && !member.arrived, .remote = is_remote(m)};
  times.downlink = within(round, member.downlink, {});
  times.compute = within(round, member.compute, times.downlink.end);
  times.uplink = within(round, member.uplink, times.compute.end);
  times.auxiliary = cost::part_of_computing(member.load, times.compute, member.load.auxiliary);
  times.model = std::exchange(member.received, Bytes{});
  if (member.arrived) times.upload = member.load.upload;
  return times;
}

cost::IterationTiming TimeoutExchange::timing(Seconds begin, Seconds all_there) {
  const Interval round{begin, Simulation::now()};
  cost::IterationTiming timing{.duration = round.end - begin, .workers = {}};
  cost::WorkersBusy busy;
  for (std::size_t m = 0; m < members_.size(); ++m) {
    const WorkerTimes& worker = timing.workers.emplace_back(times(m, round));
    const cost::WorkerLoad& load = members_[m].load;
    busy.add(worker, cost::part_of_computing(load, worker.compute, load.coding));
  }
  timing.busy = busy.total();
  timing.busy.server = round.end - all_there;
  return timing;
}

}  // namespace gradwire::protocols
