#include "sim/protocols/asynchronous/asynchronous_run.hpp"

#include <algorithm>
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
                                 const OnAsynchronousIteration& on_iteration)
    : simulation_(simulation),
      platform_(platform),
      cost_model_(cost_model),
      source_(source),
      on_iteration_(on_iteration),
      model_(algorithms::WireSizes::of_dense(source.parameters())),
      clerks_(simulation, platform.server, "server", platform.workers.size()),
      clients_(platform.workers.size()),
      times_(platform.workers.size()) {}

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
    self.outbox.clear();
    self.posted = {};
    self.answer = {};
    std::erase(held_, client);
    source_.fail(client, self.at_server);
  }
  if (is_local(client)) return;
  network::require_route(platform_, host(client), platform_.server);
  network::require_route(platform_, platform_.server, host(client));
  simulation_.spawn(
      host(client), "messages of worker " + std::to_string(client),
      [this, client] { send_messages(client); }, Simulation::Stack::small);
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
  self.answer.wait();
  const Busy busy(self.clock, ClientClock::downlink, downlink_);
  if (!is_local(client)) {
    self.downward = clerks_.send_to(static_cast<std::size_t>(client), cost_model_.size(model_));
    self.moving_down = cost_model_.size(model_);  // others may run until now
    self.downward.wait();
    settle(self);
  }
  activities_.push_back({.kind = Kind::fetch,
                         .client = client,
                         .dates = {busy.begin(), Simulation::now()},
                         .size = is_local(client) ? Bytes{} : cost_model_.size(model_),
                         .version = self.version});
  source_.receive(client);
}

void AsynchronousRun::post_push(int client, const Transmission& push, bool requests) {
  const std::int64_t turn = std::max<std::int64_t>(1, at(client).turns);
  if (const Flops work = cost_model_.encoding(client, turn, push, source_.parameters());
      work.value > 0) {
    const Busy busy(at(client).clock, ClientClock::compute, computing_);
    network::compute(work);
  }
  post(client, {.client = client,
                .life = at(client).life,
                .is_push = true,
                .requests = requests,
                .push = push,
                .size = cost_model_.size(push),
                .arrival = {}});
}

void AsynchronousRun::post_request(int client) {
  post(client, {.client = client,
                .life = at(client).life,
                .is_push = false,
                .requests = true,
                .push = {},
                .size = cost_model_.header(),
                .arrival = {}});
}

void AsynchronousRun::post(int client, ToServer message) {
  if (is_local(client)) {
    message.size = {};
    return arrive(std::move(message));
  }
  at(client).outbox.push_back(std::move(message));
  at(client).posted.raise();
}

void AsynchronousRun::send_messages(int client) {
  ClientState& self = at(client);
  while (true) {
    self.posted.wait();
    ToServer message = std::move(self.outbox.front());
    self.outbox.pop_front();
    {
      const Busy busy(self.clock, ClientClock::uplink, uplink_);
      self.upward = clerks_.send_from(static_cast<std::size_t>(client), message.size);
      self.moving_up = message.size;
      self.upward.wait();
      settle(self);
      if (message.is_push) {
        activities_.push_back({.kind = Kind::push,
                               .client = client,
                               .dates = {busy.begin(), Simulation::now()},
                               .size = message.size});
      }
    }
    arrive(std::move(message));
  }
}

void AsynchronousRun::arrive(ToServer message) {
  message.arrival = Simulation::now();
  if (message.is_push) ++at(message.client).at_server;
  arrived_.push_back(std::move(message));
  if (!std::exchange(rung_, true)) bell_.raise();
}

void AsynchronousRun::settle(ClientState& client) {
  if (client.moving_up.value > 0 && client.upward.has_arrived()) {
    const Bytes size = std::exchange(client.moving_up, {});
    communication_.uplink_wire += size;
    delivered_.uplink += size;
    client.counts.uploaded += size;
  }
  if (client.moving_down.value > 0 && client.downward.has_arrived()) {
    const Bytes size = std::exchange(client.moving_down, {});
    communication_.downlink_wire += size;
    delivered_.downlink += size;
    client.counts.downloaded += size;
  }
}

void AsynchronousRun::serve() {
  while (!has_ended_) {
    if (queue_.empty() && arrived_.empty()) {
      bell_.wait();
      rung_ = false;
    }
    if (!arrived_.empty()) collect();
    if (queue_.empty()) continue;
    const ToServer message = std::move(queue_.front());
    queue_.pop_front();
    handle(message);
  }
  Simulation::kill_others();
}

/// Gives those that arrive at the same date the time to do so.
void AsynchronousRun::collect() {
  for (std::size_t seen = 0; seen < arrived_.size();) {
    seen = arrived_.size();
    Simulation::let_others_run();
  }
  std::ranges::stable_sort(arrived_, [](const ToServer& a, const ToServer& b) {
    return a.arrival != b.arrival ? a.arrival < b.arrival : a.client < b.client;
  });
  std::ranges::move(arrived_, std::back_inserter(queue_));
  arrived_.clear();
}

void AsynchronousRun::handle(const ToServer& message) {
  if (message.is_push) {
    apply(message);
    if (has_ended_) return;
    answer_held();
  }
  if (message.requests && message.life == at(message.client).life) answer(message.client);
}

void AsynchronousRun::apply(const ToServer& message) {
  const Seconds begin = Simulation::now();
  if (const Flops work = cost_model_.applying(message.push); work.value > 0) {
    serving_.begin(begin);
    network::compute(work);
    serving_.end(Simulation::now());
  }
  const AppliedPush applied = source_.apply(message.client);
  --at(message.client).at_server;
  ++at(message.client).counts.pushes;
  ++communication_.rounds;
  communication_.uplink_payload += applied.sent.payload;
  pushes_.push_back({.from = message.client, .to = message.client, .sent = applied.sent});
  activities_.push_back({.kind = Kind::apply,
                         .client = message.client,
                         .dates = {begin, Simulation::now()},
                         .size = message.size,
                         .version = applied.version,
                         .staleness = applied.staleness});
  if (pushes_.size() == clients_.size()) finish_iteration();
}

void AsynchronousRun::answer_held() {
  if (held_.empty()) return;
  std::vector<int> waiting = std::exchange(held_, {});
  std::ranges::sort(waiting);
  for (const int client : waiting) answer(client);
}

void AsynchronousRun::answer(int client) {
  ClientState& self = at(client);
  if (!network::is_on(host(client))) return;  // asks again when it is back
  if (!source_.answers(client)) return held_.push_back(client);
  self.version = source_.fetch(client);
  self.answer.raise();
}

void AsynchronousRun::finish_iteration() {
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
                               .pushes = pushes_},
                              work);
  activities_.clear();
  pushes_.clear();
}

}  // namespace gradwire::protocols
