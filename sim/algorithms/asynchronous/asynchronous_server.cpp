#include "sim/algorithms/asynchronous/asynchronous_server.hpp"

#include <algorithm>
#include <cmath>

#include "sim/core/archive.hpp"
#include "sim/kernels/arithmetic.hpp"

namespace gradwire::algorithms {

AsynchronousServer::AsynchronousServer(const ServerPolicy& policy, Server server, int clients)
    : policy_(policy),
      server_(std::move(server)),
      versions_(policy, clients),
      fetched_(policy.mixes_models ? static_cast<std::size_t>(clients) : 0) {
  if (policy_.waits_for_all) {
    buffer_.resize(static_cast<std::size_t>(clients), Skip{});
    factors_.resize(static_cast<std::size_t>(clients), 1.0F);
  }
}

Model AsynchronousServer::fetch(int client) {
  if (policy_.mixes_models) fetched_[static_cast<std::size_t>(client)] = server_.model();
  return server_.model();
}

std::int64_t AsynchronousServer::apply(int client, Message push, std::int64_t version,
                                       double gamma) {
  const auto index = static_cast<std::size_t>(client);
  const std::int64_t staleness = versions_.staleness(version);
  const auto factor = static_cast<float>(
      std::pow(1.0 + static_cast<double>(staleness), -policy_.staleness_exponent));
  if (policy_.mixes_models) push = difference_to(*fetched_[index], push);
  if (policy_.waits_for_all) {
    buffer_[index] = std::move(push);
    factors_[index] = factor;
  } else {
    buffer_.push_back(std::move(push));
    factors_.push_back(factor);
  }
  if (versions_.apply(client)) step(gamma);
  return staleness;
}

void AsynchronousServer::step(double gamma) {
  std::vector<Message> pushes(buffer_.size(), Skip{});
  std::swap(pushes, buffer_);
  const bool all_whole = std::ranges::all_of(factors_, [](float factor) { return factor == 1; });
  if (all_whole) {
    server_.step(gamma, std::move(pushes));
  } else {
    server_.step_scaled(gamma, std::move(pushes), factors_);
  }
  if (policy_.waits_for_all) return;
  buffer_.clear();
  factors_.clear();
}

Message AsynchronousServer::difference_to(const ModelVersion& fetched, const Message& push) const {
  const auto theta = server_.model()->parameters();
  Vector difference(theta.begin(), theta.end());
  subtract(fetched.parameters(), difference);
  add_to(push, difference);
  return Dense{std::move(difference)};
}

Bytes AsynchronousServer::state_bytes() const {
  Bytes total = server_.state_bytes();
  for (const Message& message : buffer_) total += stored_bytes(message);
  for (const Model& model : fetched_) {
    if (model) total += Bytes{static_cast<std::int64_t>(model->size() * sizeof(float))};
  }
  return total;
}

void AsynchronousServer::save(SavingArchive& archive) const {
  server_.save(archive);
  archive(versions_, fetched_, buffer_, factors_);
}

void AsynchronousServer::load(LoadingArchive& archive) {
  server_.load(archive);
  archive(versions_, fetched_, buffer_, factors_);
}

}  // namespace gradwire::algorithms
