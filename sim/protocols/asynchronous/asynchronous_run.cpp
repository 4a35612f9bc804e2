#include "sim/protocols/asynchronous/asynchronous_run.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

#include "sim/algorithms/wire/wire_sizes.hpp"

namespace gradwire::protocols {

using network::Simulation;
using Kind = ClientActivity::Kind;

/// An activity of a client, also if it ends because its host fails.
class AsynchronousRun::Busy {
 public:
  Busy(ClientClock& clock, ClientClock::Activity activity, OngoingComputations& all)
      : clock_(clock), activity_(activity), all_(all) {
    clock_.begin(activity_, begin_);
    all_.begin(begin_);
  }
  ~Busy() {
    const Seconds now = Simulation::now();
    clock_.end(activity_, now);
    all_.end(now);
  }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;
  [[nodiscard]] Seconds begin() const { return begin_; }

 private:
  ClientClock& clock_;
  ClientClock::Activity activity_;
  OngoingComputations& all_;
  Seconds begin_ = Simulation::now();
};

AsynchronousRun::AsynchronousRun(network::Simulation& simulation, const network::Platform& platform,
                                 const cost::CostModel& cost_model, AsynchronousSource& source,
                                 const OnIteration& on_iteration)
    : simulation_(simulation),
      platform_(platform),
      cost_model_(cost_model),
      source_(source),
      on_iteration_(on_iteration),
      servers_(platform.servers()),
      shards_(servers_.size()),
      clients_(platform.workers.size()),
      times_(platform.workers.size()) {
  const Transmission model = algorithms::WireSizes::of_dense(source.parameters());
  const auto stretches =
      stretches_of(static_cast<std::size_t>(source.parameters()), static_cast<int>(shards_.size()));
  for (std::size_t s = 0; s < shards_.size(); ++s) {
    const std::string number = shards_.size() > 1 ? " " + std::to_string(s) : "";
    clerks_.emplace_back(simulation, servers_[s], "server" + number, clients_.size());
    shards_[s].stretch = stretches[s];
    shards_[s].model = cost_model.size(
        shards_.size() == 1 ? model
                            : cost_model.slice_of(model, stretches[s], source.parameters()));
  }
  for (ClientState& client : clients_) client.connections.resize(shards_.size());
}

void AsynchronousRun::work(int client) {
  begin_life(client);
  ClientTurn turn = source_.next_turn(client);
  post_request(client);
  while (true) take_turn(client, turn);
}

void AsynchronousRun::begin_life(int client) {
  ClientState& self = at(client);
  if (self.life++ > 0) {
    settle(self);
    if (shards() > 1) throw std::logic_error("a client of several shards began anew");
    Connection& only = self.connections.front();
    only.outbox.clear();
    only.posted = {};
    only.answer = {};
    std::erase(shards_.front().held, client);
    source_.fail(client, only.at_server);
  }
  for (int s = 0; s < shards(); ++s) {
    if (shards() > 1) {
      simulation_.spawn(
          host(client), "model of worker " + std::to_string(client),
          [this, client, s] { receive_stretches(client, s); }, Simulation::Stack::small);
    }
    if (is_local(client, s)) continue;
    const network::Host server = servers_[static_cast<std::size_t>(s)];
    network::require_route(platform_, host(client), server);
    network::require_route(platform_, server, host(client));
    simulation_.spawn(
        host(client), "messages of worker " + std::to_string(client),
        [this, client, s] { send_messages(client, s); }, Simulation::Stack::small);
  }
}

/// When it begins, the model has been requested if the turn fetches. `turn` becomes the next one.
void AsynchronousRun::take_turn(int client, ClientTurn& turn) {
  if (turn.push == PushTime::beside_fetch) post_push(client, source_.push(client), false);
  if (turn.fetches) await_model(client);
  if (turn.push == PushTime::before_computing) post_push(client, source_.push(client), false);
  source_.begin(client);
  ++at(client).turns;
  compute(client, turn);
  const bool pushes = turn.push == PushTime::after_computing;
  const Transmission push = source_.end(client);
  turn = source_.next_turn(client);
  const bool requests = turn.fetches && turn.push != PushTime::beside_fetch;
  if (pushes) post_push(client, push, requests);
  const bool has_asked = pushes && requests;
  if (turn.fetches && !has_asked) post_request(client);
}

void AsynchronousRun::compute(int client, const ClientTurn& turn) {
  const double gradients = static_cast<double>(turn.steps) * source_.gradients_per_step(client);
  const Flops work =
      cost_model_.computing(client, at(client).turns, gradients, source_.parameters());
  const Busy busy(at(client).clock, ClientClock::compute, computing_);
  if (work.value > 0) network::compute(work);
  activities_.push_back({.kind = Kind::compute,
                         .client = client,
                         .dates = {busy.begin(), Simulation::now()},
                         .size = {}});
}

void AsynchronousRun::await_model(int client) {
  ClientState& self = at(client);
  if (shards() == 1) receive_stretch(client, 0);
  for (int s = 0; shards() > 1 && s < shards(); ++s) self.stretch.wait();
  ClientActivity fetch{.kind = Kind::fetch,
                       .client = client,
                       .dates = {self.connections.front().fetch_began, Simulation::now()},
                       .size = {},
                       .version = self.connections.front().version};
  for (int s = 0; s < shards(); ++s) {
    const Connection& from = at(client, s);
    fetch.dates.begin = std::min(fetch.dates.begin, from.fetch_began);
    fetch.version = std::min(fetch.version, from.version);
    if (!is_local(client, s)) fetch.size += shard_at(s).model;
  }
  activities_.push_back(fetch);
  source_.receive(client);
}

void AsynchronousRun::receive_stretch(int client, int shard) {
  ClientState& self = at(client);
  Connection& from = at(client, shard);
  from.answer.wait();
  const Busy busy(self.clock, ClientClock::downlink, downlink_);
  from.fetch_began = busy.begin();
  if (is_local(client, shard)) return;
  from.downward = clerks_[static_cast<std::size_t>(shard)].send_to(static_cast<std::size_t>(client),
                                                                   shard_at(shard).model);
  from.moving_down = shard_at(shard).model;  // others may run until now
  from.downward.wait();
  settle(self, from);
}

void AsynchronousRun::receive_stretches(int client, int shard) {
  while (true) {
    receive_stretch(client, shard);
    at(client).stretch.raise();
  }
}

void AsynchronousRun::post_push(int client, const Transmission& push, bool requests) {
  const std::int64_t turn = std::max<std::int64_t>(1, at(client).turns);
  if (const Flops work = cost_model_.encoding(client, turn, push, source_.parameters());
      work.value > 0) {
    const Busy busy(at(client).clock, ClientClock::compute, computing_);
    network::compute(work);
  }
  const std::vector<Transmission> slices = slices_of(client, push);
  for (int s = 0; s < shards(); ++s) {
    const Transmission& slice = slices[static_cast<std::size_t>(s)];
    post(client, s,
         {.client = client,
          .life = at(client).life,
          .is_push = true,
          .requests = requests,
          .push = slice,
          .size = cost_model_.size(slice),
          .arrival = {}});
  }
}

std::vector<Transmission> AsynchronousRun::slices_of(int client, const Transmission& push) const {
  if (shards() == 1) return {push};
  std::vector<Transmission> slices = source_.slices(client);
  if (!slices.empty()) return slices;
  for (const Shard& shard : shards_) {
    slices.push_back(cost_model_.slice_of(push, shard.stretch, source_.parameters()));
  }
  return slices;
}

void AsynchronousRun::post_request(int client) {
  for (int s = 0; s < shards(); ++s) {
    post(client, s,
         {.client = client,
          .life = at(client).life,
          .is_push = false,
          .requests = true,
          .push = {},
          .size = cost_model_.header(),
          .arrival = {}});
  }
}

void AsynchronousRun::post(int client, int shard, ToServer message) {
  if (is_local(client, shard)) {
    message.size = {};
    return arrive(shard, std::move(message));
  }
  at(client, shard).outbox.push_back(std::move(message));
  at(client, shard).posted.raise();
}

void AsynchronousRun::send_messages(int client, int shard) {
  ClientState& self = at(client);
  Connection& to = at(client, shard);
  while (true) {
    to.posted.wait();
    ToServer message = std::move(to.outbox.front());
    to.outbox.pop_front();
    {
      const Busy busy(self.clock, ClientClock::uplink, uplink_);
      to.upward = clerks_[static_cast<std::size_t>(shard)].send_from(
          static_cast<std::size_t>(client), message.size);
      to.moving_up = message.size;
      to.upward.wait();
      settle(self, to);
      if (message.is_push) {
        activities_.push_back({.kind = Kind::push,
                               .client = client,
                               .dates = {busy.begin(), Simulation::now()},
                               .size = message.size,
                               .shard = shard});
      }
    }
    arrive(shard, std::move(message));
  }
}

void AsynchronousRun::arrive(int shard, ToServer message) {
  message.arrival = Simulation::now();
  if (message.is_push) ++at(message.client, shard).at_server;
  Shard& there = shard_at(shard);
  there.arrived.push_back(std::move(message));
  if (!std::exchange(there.rung, true)) there.bell.raise();
}

void AsynchronousRun::settle(ClientState& client) {
  for (Connection& connection : client.connections) settle(client, connection);
}

void AsynchronousRun::settle(ClientState& client, Connection& connection) {
  if (connection.moving_up.value > 0 && connection.upward.has_arrived()) {
    const Bytes size = std::exchange(connection.moving_up, {});
    communication_.uplink_wire += size;
    delivered_.uplink += size;
    client.counts.uploaded += size;
  }
  if (connection.moving_down.value > 0 && connection.downward.has_arrived()) {
    const Bytes size = std::exchange(connection.moving_down, {});
    communication_.downlink_wire += size;
    delivered_.downlink += size;
    client.counts.downloaded += size;
  }
}

void AsynchronousRun::serve(int shard) {
  Shard& self = shard_at(shard);
  while (!has_ended_) {
    if (self.queue.empty() && self.arrived.empty()) {
      self.bell.wait();
      self.rung = false;
    }
    if (!self.arrived.empty()) collect(self);
    if (self.queue.empty()) continue;
    const ToServer message = std::move(self.queue.front());
    self.queue.pop_front();
    handle(shard, message);
  }
  Simulation::kill_others();
}

/// Gives those that arrive at the same date the time to do so.
void AsynchronousRun::collect(Shard& shard) {
  for (std::size_t seen = 0; seen < shard.arrived.size();) {
    seen = shard.arrived.size();
    Simulation::let_others_run();
  }
  std::ranges::stable_sort(shard.arrived, [](const ToServer& a, const ToServer& b) {
    return a.arrival != b.arrival ? a.arrival < b.arrival : a.client < b.client;
  });
  std::ranges::move(shard.arrived, std::back_inserter(shard.queue));
  shard.arrived.clear();
}

void AsynchronousRun::handle(int shard, const ToServer& message) {
  if (message.is_push) {
    apply(shard, message);
    if (has_ended_) return;
    answer_held(shard);
  }
  if (message.requests && message.life == at(message.client).life) answer(message.client, shard);
}

void AsynchronousRun::apply(int shard, const ToServer& message) {
  const Seconds begin = Simulation::now();
  const double share = static_cast<double>(shard_at(shard).stretch.size()) /
                       static_cast<double>(source_.parameters());
  if (const Flops work = cost_model_.applying(message.push, share); work.value > 0) {
    serving_.begin(begin);
    network::compute(work);
    serving_.end(Simulation::now());
  }
  while (is_reporting_) Simulation::let_others_run();
  const AppliedPush applied = source_.apply(message.client, shard);
  --at(message.client, shard).at_server;
  activities_.push_back({.kind = Kind::apply,
                         .client = message.client,
                         .dates = {begin, Simulation::now()},
                         .size = message.size,
                         .version = applied.version,
                         .staleness = applied.staleness,
                         .shard = shard});
  if (!applied.is_complete) return;
  ++at(message.client).counts.pushes;
  ++communication_.rounds;
  communication_.uplink_payload += applied.sent.payload;
  pushes_.push_back({.from = message.client, .to = message.client, .sent = applied.sent});
  if (pushes_.size() == clients_.size()) finish_iteration();
}

void AsynchronousRun::answer_held(int shard) {
  if (shard_at(shard).held.empty()) return;
  std::vector<int> waiting = std::exchange(shard_at(shard).held, {});
  std::ranges::sort(waiting);
  for (const int client : waiting) answer(client, shard);
}

void AsynchronousRun::answer(int client, int shard) {
  Connection& to = at(client, shard);
  if (!network::is_on(host(client))) return;  // asks again when it is back
  if (!source_.answers(client, shard)) return shard_at(shard).held.push_back(client);
  to.version = source_.fetch(client, shard);
  to.answer.raise();
}

void AsynchronousRun::finish_iteration() {
  is_reporting_ = true;          // other shards wait
  Simulation::let_others_run();  // those whose messages end at this date count them
  const Seconds now = Simulation::now();
  const IterationWork& work = source_.finish_iteration();
  for (std::size_t m = 0; m < clients_.size(); ++m) {
    settle(clients_[m]);
    times_[m] = clients_[m].clock.report(now);
    const ClientTimes counts = std::exchange(clients_[m].counts, {});
    times_[m].pushes = counts.pushes;
    times_[m].uploaded = counts.uploaded;
    times_[m].downloaded = counts.downloaded;
  }
  ledger_ = delivered_;
  ledger_.carried = simulation_.carried();
  has_ended_ = !on_iteration_({.iteration = ++iteration_,
                               .finished = now,
                               .communication = std::exchange(communication_, {}),
                               .busy = {.uplink = uplink_.report(now),
                                        .downlink = downlink_.report(now),
                                        .compute = computing_.report(now),
                                        .auxiliary_compute = {},
                                        .server = serving_.report(now)},
                               .train = work.train,
                               .duration = now - std::exchange(reported_, now),
                               .exchanges = {},
                               .clients = times_,
                               .activities = activities_,
                               .pushes = pushes_});
  activities_.clear();
  pushes_.clear();
  is_reporting_ = false;
}

}  // namespace gradwire::protocols
