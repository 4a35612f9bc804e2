#include "sim/training/counted_source.hpp"

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
      versions_(policy_of(with_defaults(config_.algorithm), config_.workers), config_.workers),
      clients_(static_cast<std::size_t>(config_.workers)) {
  config_.algorithm = with_defaults(config_.algorithm);
  work_.parameters = config_.parameters;
}

ClientTurn CountedSource::next_turn(int client) {
  return at(client).turn = turn_of_(config_.algorithm, at(client).steps);
}

std::int64_t CountedSource::fetch(int client) { return at(client).in_transit = versions_.newest(); }

Transmission CountedSource::push(int client) {
  return at(client).pushes.emplace_back(config_.next_size(client), at(client).version).size;
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

AppliedPush CountedSource::apply(int client) {
  const Push push = at(client).pushes.front();
  at(client).pushes.pop_front();
  const std::int64_t staleness = versions_.staleness(push.version);
  versions_.apply(client);
  return {.staleness = staleness, .version = versions_.newest(), .sent = push.size};
}

void CountedSource::fail(int client, std::int64_t arrived) {
  at(client).steps = 0;
  at(client).pushes.resize(static_cast<std::size_t>(arrived));
}

}  // namespace gradwire::training
