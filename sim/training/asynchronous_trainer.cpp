#include "sim/training/asynchronous_trainer.hpp"

#include <algorithm>
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
      sizes_(problem.layout(), shape_of(config_.algorithm, problem.layout(), config_.values),
             config_.server_shards),
      new_client_(
          make_client(config_.algorithm, problem.layout(), config_.workers, config_.values)),
      clients_(static_cast<std::size_t>(config_.workers)),
      server_(make_server_shards(config_.algorithm, problem.layout(), problem.initial_parameters(),
                                 config_.workers, config_.server_shards)) {
  const auto shards = static_cast<std::size_t>(config_.server_shards);
  for (int m = 0; m < config_.workers; ++m) {
    at(m).client = new_client_->clone();
    at(m).range = {0, 0, problem.batch_size(m)};
    at(m).in_transit.resize(shards);
    at(m).version.resize(shards, 0);
    at(m).applied.resize(shards, 0);
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

std::int64_t AsynchronousTrainer::fetch(int client, int shard) {
  Model& fetched = at(client).in_transit[static_cast<std::size_t>(shard)];
  fetched = server_.fetch(client, shard);
  return fetched->iteration;
}

void AsynchronousTrainer::receive(int client) {
  ClientState& state = at(client);
  for (std::size_t s = 0; s < state.version.size(); ++s) {
    state.version[s] = state.in_transit[s]->iteration;
  }
  const Model fetched = algorithms::joined(state.in_transit);
  for (Model& stretch : state.in_transit) stretch.reset();
  state.client->receive(fetched);
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
  state.pushes.push_back({.message = {},
                          .size = sizes_of(message),
                          .batch = std::exchange(state.batch, {}),
                          .version = state.version});
  state.pushes.back().message = std::move(message);
  return state.pushes.back().size.whole;
}

AsynchronousTrainer::PushSizes AsynchronousTrainer::sizes_of(
    const algorithms::Message& message) const {
  return {.whole = sizes_.of(message), .slices = sizes_.of_slices(message)};
}

std::vector<Transmission> AsynchronousTrainer::slices(int client) const {
  return clients_[static_cast<std::size_t>(client)].pushes.back().size.slices;
}

AppliedPush AsynchronousTrainer::apply(int client, int shard) {
  const Stopwatch watch;
  ClientState& state = at(client);
  const auto s = static_cast<std::size_t>(shard);
  Push& push = state.pushes[state.applied[s]++];
  const double gamma = server_factor(worker_method_, config_.gamma(iteration_), 1);
  AppliedPush applied{.sent = push.size.whole};
  applied.staleness = server_.count() == 1
                          ? server_.apply(client, std::move(push.message), push.version[s], gamma)
                          : server_.apply(client, shard, push.message, push.version[s], gamma);
  applied.version = server_.version(shard);
  applied.is_complete = std::ranges::find(state.applied, 0U) == state.applied.end();
  if (applied.is_complete) complete(client);
  server_wall_ += watch.elapsed();
  wall_on_caller_ += watch.elapsed();
  return applied;
}

void AsynchronousTrainer::complete(int client) {
  ClientState& state = at(client);
  const Push push = std::move(state.pushes.front());
  state.pushes.pop_front();
  for (std::size_t& count : state.applied) --count;
  open_.train += push.batch;
  Exchange& exchange = open_.exchanges.front();
  exchange.edges.push_back({.from = client, .to = client, .sent = push.size.whole});
  for (const Transmission& slice : push.size.slices) {
    exchange.edges.push_back({.from = client, .to = client, .sent = slice});
  }
  Part& part = exchange.parts[static_cast<std::size_t>(client)];
  part.takes_part = true;
  part.upload = push.size.whole;
  note_lost(client);
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
  for (Model& stretch : state.in_transit) stretch.reset();
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
    log.push_back({.from = client, .to = client, .sent = pushes.front().size.whole});
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

std::vector<AsynchronousTrainer::PushSizes> AsynchronousTrainer::pending(int client) const {
  const ClientState& state = clients_[static_cast<std::size_t>(client)];
  std::vector<PushSizes> sizes;
  for (const Push& push : state.pushes) sizes.push_back(push.size);
  if (state.computed && state.turn.push == PushTime::after_computing) {
    sizes.push_back(sizes_of(state.computed->message));
  }
  return sizes;
}

bool AsynchronousTrainer::is_finite() const { return server_.is_finite(); }

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
            state.in_transit, state.version, state.applied, state.computed);
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
            state.in_transit, state.version, state.applied, state.computed);
    archive_batch(archive, state.batch);
    std::size_t pushes = 0;
    archive(pushes);
    for (; pushes > 0; --pushes) {
      Push push;
      archive(push.message, push.version, push.is_lost);
      archive_batch(archive, push.batch);
      push.size = sizes_of(push.message);
      state.pushes.push_back(std::move(push));
    }
  }
  problem_.load_unfinished(in);
  problem_.load_state(in);
}

}  // namespace gradwire::training
