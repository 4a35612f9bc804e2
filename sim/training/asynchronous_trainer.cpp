#include "sim/training/asynchronous_trainer.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/algorithms/methods.hpp"
#include "sim/core/archive.hpp"
#include "sim/core/random.hpp"
#include "sim/core/stopwatch.hpp"
#include "sim/core/stream_names.hpp"
#include "sim/training/local_minibatches.hpp"

namespace gradwire::training {

AsynchronousTrainer::AsynchronousTrainer(Config config, Problem& problem, TaskPool& pool)
    : config_(std::move(config)),
      problem_(problem),
      pool_(pool),
      d_(static_cast<std::int64_t>(problem.layout().size())),
      method_(with_defaults(config_.algorithm)),
      worker_method_(worker_method_of(config_.algorithm)),
      turn_of_(ingredients_of(config_.algorithm).asynchronous->turn),
      sizes_(problem.layout(), shape_of(config_.algorithm, problem.layout(), config_.values)),
      new_client_(make_client(config_.algorithm, problem.layout(), problem.initial_parameters(),
                              config_.workers, config_.values)),
      clients_(static_cast<std::size_t>(config_.workers)),
      server_(make_asynchronous_server(config_.algorithm, problem.layout(),
                                       problem.initial_parameters(), config_.workers)) {
  for (int m = 0; m < config_.workers; ++m) {
    at(m).client = new_client_->clone();
    at(m).range = {0, 0, problem.batch_size(m)};
  }
  start_iteration();
}

void AsynchronousTrainer::start_iteration() {
  open_ = {};
  open_.parameters = d_;
  Exchange exchange;
  exchange.downloads = {algorithms::WireSizes::of_dense(d_)};
  exchange.parts.assign(clients_.size(), Part{.gradients = 0, .takes_part = false});
  open_.exchanges.push_back(std::move(exchange));
}

ClientTurn AsynchronousTrainer::next_turn(int client) {
  ClientState& state = at(client);
  return state.turn = turn_of_(method_, state.steps);
}

std::int64_t AsynchronousTrainer::fetch(int client) {
  at(client).in_transit = server_.fetch(client);
  return model()->iteration;
}

void AsynchronousTrainer::receive(int client) {
  ClientState& state = at(client);
  state.version = state.in_transit->iteration;
  state.client->receive(std::exchange(state.in_transit, nullptr));
}

Transmission AsynchronousTrainer::push(int client) {
  const Stopwatch watch;
  ClientState& state = at(client);
  const Transmission size = keep(state, state.client->push(context(client, state.turns)));
  state.wall.rule += watch.elapsed();
  wall_on_caller_ += watch.elapsed();
  return size;
}

void AsynchronousTrainer::begin(int client) {
  ClientState& state = at(client);
  const algorithms::StepSize size = config_.gamma(iteration_);
  state.running.emplace(pool_.start(
      [this, client, turn = state.turns, size] { return compute(client, turn, size); }));
}

AsynchronousTrainer::Computed AsynchronousTrainer::compute(int client, std::int64_t turn,
                                                           algorithms::StepSize size) {
  const Stopwatch watch;
  ClientState& state = at(client);
  LocalMinibatches minibatches(problem_, client, state.range);
  Computed computed;
  computed.message = state.client->compute(state.turn, size, minibatches, context(client, turn));
  minibatches.close();
  computed.batch = minibatches.statistics();
  state.wall.gradient += minibatches.elapsed();
  state.wall.rule += watch.elapsed() - minibatches.elapsed();
  return computed;
}

void AsynchronousTrainer::collect(ClientState& state) {
  if (!state.running) return;
  state.computed = state.running->get();
  state.running.reset();
}

void AsynchronousTrainer::await_computations() {
  for (ClientState& state : clients_) collect(state);
}

Transmission AsynchronousTrainer::end(int client) {
  ClientState& state = at(client);
  collect(state);
  Computed computed = std::move(state.computed.value());
  state.computed.reset();
  state.batch += computed.batch;
  state.steps += state.turn.steps;
  ++state.turns;
  state.range = state.range.after(static_cast<int>(state.turn.steps));
  problem_.completed(client, state.range.step);
  if (state.turn.push != PushTime::after_computing) return {};
  return keep(state, std::move(computed.message));
}

Transmission AsynchronousTrainer::keep(ClientState& state, algorithms::Message message) {
  const Transmission size = sizes_.of(message);
  state.pushes.push_back({.message = std::move(message),
                          .size = size,
                          .batch = std::exchange(state.batch, {}),
                          .version = state.version});
  return size;
}

AppliedPush AsynchronousTrainer::apply(int client) {
  const Stopwatch watch;
  ClientState& state = at(client);
  Push push = std::move(state.pushes.front());
  state.pushes.pop_front();
  const double gamma = server_factor(worker_method_, config_.gamma(iteration_), 1);
  const std::int64_t staleness =
      server_.apply(client, std::move(push.message), push.version, gamma);
  open_.train += push.batch;
  Exchange& exchange = open_.exchanges.front();
  exchange.edges.push_back({.from = client, .to = client, .sent = push.size});
  Part& part = exchange.parts[static_cast<std::size_t>(client)];
  part.takes_part = true;
  part.upload = push.size;
  note_lost(client);
  server_wall_ += watch.elapsed();
  wall_on_caller_ += watch.elapsed();
  return {.staleness = staleness, .version = model()->iteration, .sent = push.size};
}

const IterationWork& AsynchronousTrainer::finish_iteration() {
  work_ = std::move(open_);
  start_iteration();
  ++iteration_;
  return work_;
}

void AsynchronousTrainer::fail(int client, std::int64_t arrived) {
  ClientState& state = at(client);
  collect(state);  // the pool must not use the client any more
  state.computed.reset();
  state.client = new_client_->clone();
  state.steps = 0;
  ++state.turns;
  state.in_transit.reset();
  state.batch = {};
  for (auto i = static_cast<std::size_t>(arrived); i < state.pushes.size(); ++i) {
    state.pushes[i].is_lost = true;
  }
  note_lost(client);
  if (state.pushes.empty()) server_.fail(client);
  problem_.forget_unfinished(client);
}

/// The log has a client's pushes in the order in which it made them.
void AsynchronousTrainer::note_lost(int client) {
  std::deque<Push>& pushes = at(client).pushes;
  std::vector<EdgeMessage>& log = open_.exchanges.front().edges;
  for (; !pushes.empty() && pushes.front().is_lost; pushes.pop_front()) {
    log.push_back({.from = client, .to = client, .sent = pushes.front().size});
    log.push_back({.from = client, .to = client, .sent = {}});
  }
}

algorithms::StepContext AsynchronousTrainer::context(int client, std::int64_t turn) const {
  return {.iteration = turn,
          .worker = client,
          .random = random_key(stream_hash(config_.seed, stream_names::compression,
                                           static_cast<std::uint64_t>(client),
                                           static_cast<std::uint64_t>(turn))),
          .shared = random_key(stream_hash(config_.seed, stream_names::shared_compression,
                                           static_cast<std::uint64_t>(turn))),
          .epoch = config_.epochs(iteration_)};
}

std::vector<Transmission> AsynchronousTrainer::pending(int client) const {
  const ClientState& state = clients_[static_cast<std::size_t>(client)];
  std::vector<Transmission> sizes;
  for (const Push& push : state.pushes) sizes.push_back(push.size);
  if (state.computed && state.turn.push == PushTime::after_computing) {
    sizes.push_back(sizes_.of(state.computed->message));
  }
  return sizes;
}

bool AsynchronousTrainer::is_finite() const { return std::isfinite(model()->squared_step); }

Bytes AsynchronousTrainer::worker_state_bytes() const {
  Bytes total;
  for (const ClientState& state : clients_) total += state.client->state_bytes();
  return total;
}

LearningWall AsynchronousTrainer::wall() const {
  LearningWall total{
      .gradient = {}, .rule = server_wall_, .on_caller = pool_.collecting() + wall_on_caller_};
  for (const ClientState& state : clients_) {
    total.gradient += state.wall.gradient;
    total.rule += state.wall.rule;
  }
  return total;
}

namespace {

template <class Archive>
void archive_batch(Archive& archive, BatchStatistics& batch) {
  archive(batch.loss, batch.correct, batch.samples, batch.correct_top5);
}

template <class Archive>
void archive_turn(Archive& archive, ClientTurn& turn) {
  archive(turn.fetches, turn.push, turn.steps);
}

}  // namespace

/// Computations that run are awaited: what they give is part of the state.
void AsynchronousTrainer::save(std::ostream& out) {
  SavingArchive archive(out);  // a single one: shared models are saved once
  archive(iteration_);
  server_.save(archive);
  for (ClientState& state : clients_) {
    collect(state);
    state.client->save(archive);
    archive_turn(archive, state.turn);
    archive(state.steps, state.turns, state.range.step, state.range.first, state.range.size,
            state.in_transit, state.version, state.computed);
    archive_batch(archive, state.batch);
    archive(state.pushes.size());
    for (Push& push : state.pushes) {
      archive(push.message, push.version, push.is_lost);
      archive_batch(archive, push.batch);
    }
  }
  problem_.save_unfinished(out);
  problem_.save_state(out);
}

void AsynchronousTrainer::load(std::istream& in) {
  LoadingArchive archive(in);
  archive(iteration_);
  server_.load(archive);
  for (ClientState& state : clients_) {
    state.client->load(archive);
    archive_turn(archive, state.turn);
    archive(state.steps, state.turns, state.range.step, state.range.first, state.range.size,
            state.in_transit, state.version, state.computed);
    archive_batch(archive, state.batch);
    std::size_t pushes = 0;
    archive(pushes);
    for (; pushes > 0; --pushes) {
      Push push;
      archive(push.message, push.version, push.is_lost);
      archive_batch(archive, push.batch);
      push.size = sizes_.of(push.message);
      state.pushes.push_back(std::move(push));
    }
  }
  problem_.load_unfinished(in);
  problem_.load_state(in);
}

}  // namespace gradwire::training
