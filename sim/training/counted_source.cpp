#include "sim/training/counted_source.hpp"

#include <algorithm>
#include <utility>

#include "sim/algorithms/methods.hpp"

namespace gradwire::training {
namespace {

algorithms::ServerPolicy policy_of(const algorithms::AlgorithmConfig& method, int clients) {
  return ingredients_of(method).asynchronous->policy(method, clients);
}

}  // namespace

CountedSource::CountedSource(Config config)
    : config_(std::move(config)),
      turn_of_(ingredients_of(config_.algorithm).asynchronous->turn),
      versions_(static_cast<std::size_t>(config_.server_shards),
                {policy_of(with_defaults(config_.algorithm), config_.workers), config_.workers}),
      clients_(static_cast<std::size_t>(config_.workers)) {
  for (ClientState& client : clients_) {
    client.in_transit.resize(versions_.size(), 0);
    client.version.resize(versions_.size(), 0);
    client.applied.resize(versions_.size(), 0);
  }
  config_.algorithm = with_defaults(config_.algorithm);
  work_.parameters = config_.parameters;
}

ClientTurn CountedSource::next_turn(int client) {
  return at(client).turn = turn_of_(config_.algorithm, at(client).steps);
}

std::int64_t CountedSource::fetch(int client, int shard) {
  const auto s = static_cast<std::size_t>(shard);
  return at(client).in_transit[s] = versions_[s].newest();
}

Transmission CountedSource::push(int client) {
  const Transmission size = config_.next_size(client);
  if (config_.next_slices) at(client).slices = config_.next_slices(client);
  return at(client).pushes.emplace_back(size, at(client).version).size;
}

Transmission CountedSource::end(int client) {
  at(client).steps += at(client).turn.steps;
  return at(client).turn.push == PushTime::after_computing ? push(client) : Transmission{};
}

double CountedSource::gradients_per_step(int client) const {
  return config_.gradients_per_step.empty()
             ? 1.0
             : config_.gradients_per_step[static_cast<std::size_t>(client)];
}

AppliedPush CountedSource::apply(int client, int shard) {
  ClientState& state = at(client);
  const auto s = static_cast<std::size_t>(shard);
  const Push& push = state.pushes[state.applied[s]++];
  AppliedPush applied{.staleness = versions_[s].staleness(push.version[s]), .sent = push.size};
  versions_[s].apply(client);
  applied.version = versions_[s].newest();
  applied.is_complete = std::ranges::find(state.applied, 0U) == state.applied.end();
  if (!applied.is_complete) return applied;
  state.pushes.pop_front();
  for (std::size_t& count : state.applied) --count;
  return applied;
}

void CountedSource::fail(int client, std::int64_t arrived) {
  at(client).steps = 0;
  at(client).pushes.resize(static_cast<std::size_t>(arrived));
}

}  // namespace gradwire::training
