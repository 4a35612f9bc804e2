#include "sim/actors/impatient_rounds.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include "sim/actors/busy_time.hpp"

namespace gradwire::actors {

using network::Simulation;

namespace {

constexpr Seconds never{std::numeric_limits<double>::infinity()};

/// Does something when its scope ends, also because its actor's host fails.
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

/// The part of an interval that lies in a round, counted from its begin and not before `earliest`.
Interval within(Interval round, Interval interval, Seconds earliest) {
  const auto clipped = [&](Seconds date) {
    return std::max(earliest, std::clamp(date, round.begin, round.end) - round.begin);
  };
  return {clipped(interval.begin), clipped(interval.end)};
}

}  // namespace

ImpatientRounds::ImpatientRounds(const network::Simulation& simulation,
                                 const network::Platform& platform, const ProtocolConfig& protocol)
    : simulation_(simulation), platform_(platform), protocol_(protocol) {
  for (std::size_t m = 0; m < platform.workers.size(); ++m) {
    to_worker_.emplace_back("to worker " + std::to_string(m), platform.workers[m]);
    to_server_.emplace_back("from worker " + std::to_string(m), platform.server);
  }
  members_ = std::vector<Member>(platform.workers.size());
  models_.resize(platform.workers.size());
}

void ImpatientRounds::work(int worker) {
  const auto m = static_cast<std::size_t>(worker);
  Member& me = members_[m];
  // The host may have failed before: nobody waits any more for what was under way then.
  me.alive = true;
  const Finally end([&me] { me.alive = false; });
  me.done = me.asked;
  me.sending = false;
  me.call = network::Signal();
  progress_.raise();
  while (true) {
    const auto round = wait_for_model(m);
    if (!round) continue;
    compute(me);
    if (me.given_up < *round) upload(m, *round);
    me.done = std::max(me.done, *round);
    progress_.raise();
  }
}

std::optional<std::int64_t> ImpatientRounds::wait_for_model(std::size_t m) {
  Member& me = members_[m];
  if (free_broadcast()) {
    me.call.wait();
    me.downlink = {Simulation::now(), Simulation::now()};
    return me.has_model_of = me.asked;
  }
  const auto command = to_worker_[m].start_receive().get_unless_it_fails();
  if (!command) return std::nullopt;
  ++me.models;
  me.downlink = {command->started, command->finished};
  return me.has_model_of = command->value.round;
}

void ImpatientRounds::compute(Member& me) {
  me.compute = {Simulation::now(), never};
  const Finally end([&me] { me.compute.end = Simulation::now(); });
  network::compute(me.load.compute);
}

void ImpatientRounds::upload(std::size_t m, std::int64_t round) {
  Member& me = members_[m];
  to_server_[m].forget_undelivered();
  const auto sending = to_server_[m].start_send({}, me.load.upload);
  if (me.given_up >= round) {  // in this very moment
    network::call_off(sending);
    return;
  }
  const Finally end([&me] { me.uplink.end = Simulation::now(); });
  me.sending = true;
  network::arrives(sending);
  me.sending = false;
}

bool ImpatientRounds::is_free(std::size_t m) const {
  const Member& member = members_[m];
  return network::is_on(platform_.workers[m]) && member.alive && member.done >= member.asked;
}

Missed ImpatientRounds::absent() {
  while (true) {
    absent_.resize(members_.size());
    for (std::size_t m = 0; m < members_.size(); ++m) absent_[m] = !is_free(m);
    if (std::ranges::count(absent_, false) > 0) return absent_;
    progress_.wait();
  }
}

IterationTiming ImpatientRounds::simulate(const IterationLoad& load, const ServerWork& server) {
  const Seconds begin = Simulation::now();
  const Books before = books();
  ask_everybody(load);
  receive_all();
  const Seconds all_there = Simulation::now();
  const Flops work = server(missed());
  if (work.value > 0) network::compute(work);
  IterationTiming result = timing(begin, all_there);
  result.books = books() - before;
  return result;
}

void ImpatientRounds::ask_everybody(const IterationLoad& load) {
  ++round_;
  model_ = load.model;
  for (std::size_t m = 0; m < members_.size(); ++m) {
    Member& member = members_[m];
    member.arrived = false;
    // As decided in absent(): a worker that becomes free at this very date was absent when its
    // learning was decided on, and stays so.
    if (absent_[m]) continue;
    member.asked = round_;
    member.load = load.workers[m];
    if (free_broadcast()) {
      member.call.raise();
    } else {
      to_worker_[m].forget_undelivered();
      models_[m] = to_worker_[m].start_send({round_}, load.model);
    }
  }
}

void ImpatientRounds::receive_all() {
  const bool concurrently = protocol_.uplink == "concurrent";
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

void ImpatientRounds::receive(std::size_t m, Receiving& posted, Seconds deadline) {
  auto reply = posted.get_if_here();
  while (!reply) {
    const Seconds left = deadline - Simulation::now();
    const bool somebody = left > Seconds{0} && progress_.wait_for(left);
    reply = posted.get_if_here();
    if (!somebody) break;
  }
  if (!reply) return give_up(m, posted);
  members_[m].arrived = true;
  members_[m].uplink = {reply->started, reply->finished};
}

void ImpatientRounds::give_up(std::size_t m, Receiving& posted) {
  Member& member = members_[m];
  member.given_up = round_;
  member.uplink.begin = posted.started();
  if (member.uplink.begin < Seconds{0}) member.uplink = {};  // it had not begun
  posted.call_off();
  const bool has_model = member.has_model_of == round_ || free_broadcast();
  if (!has_model && !models_[m]->test()) {
    member.downlink = {{models_[m]->get_start_time()}, Simulation::now()};
    network::call_off(models_[m]);
  }
  // It waits for a model or for us, and need not any more. Else it computes, or is down.
  if (!has_model || member.sending) member.done = member.asked;
}

void ImpatientRounds::stop() { Simulation::end_others(); }

Missed ImpatientRounds::missed() const {
  Missed missed(members_.size());
  for (std::size_t m = 0; m < members_.size(); ++m) missed[m] = !members_[m].arrived;
  return missed;
}

Books ImpatientRounds::books() const {
  return {.uplink = network::delivered(to_server_),
          .downlink = network::delivered(to_worker_),
          .carried = simulation_.carried()};
}

WorkerTimes ImpatientRounds::times(std::size_t m, Interval round) {
  Member& member = members_[m];
  WorkerTimes times{.missed = !member.arrived};
  times.downlink = within(round, member.downlink, {});
  times.compute = within(round, member.compute, times.downlink.end);
  times.uplink = within(round, member.uplink, times.compute.end);
  times.auxiliary = part_of_computing(member.load, times.compute, member.load.auxiliary);
  if (!free_broadcast()) times.model = (member.models - member.counted) * model_;
  member.counted = member.models;
  if (member.arrived) times.upload = member.load.upload;
  return times;
}

IterationTiming ImpatientRounds::timing(Seconds begin, Seconds all_there) {
  const Interval round{begin, Simulation::now()};
  IterationTiming timing{.duration = round.end - begin, .workers = {}};
  WorkersBusy busy;
  for (std::size_t m = 0; m < members_.size(); ++m) {
    const WorkerTimes& worker = timing.workers.emplace_back(times(m, round));
    const WorkerLoad& load = members_[m].load;
    busy.add(worker, part_of_computing(load, worker.compute, load.coding),
             platform_.workers[m] != platform_.server);
  }
  timing.busy = busy.total();
  timing.busy.server = round.end - all_there;
  return timing;
}

}  // namespace gradwire::actors
