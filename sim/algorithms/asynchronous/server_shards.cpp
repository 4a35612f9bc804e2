#include "sim/algorithms/asynchronous/server_shards.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/algorithms/messages/slice.hpp"

namespace gradwire::algorithms {

ServerShards::ServerShards(std::vector<AsynchronousServer> shards) : shards_(std::move(shards)) {
  std::size_t begin = 0;
  for (const AsynchronousServer& shard : shards_) {
    const std::size_t end = begin + shard.model()->size();
    stretches_.push_back({begin, end});
    begin = end;
  }
}

Model ServerShards::model() const {
  std::vector<Model> newest;
  newest.reserve(shards_.size());
  for (const AsynchronousServer& shard : shards_) newest.push_back(shard.model());
  return joined(newest);
}

std::int64_t ServerShards::apply(int client, int shard, const Message& push, std::int64_t version,
                                 double gamma) {
  return at(shard).apply(client, slice(push, stretches_[static_cast<std::size_t>(shard)]), version,
                         gamma);
}

void ServerShards::fail(int client) {
  for (AsynchronousServer& shard : shards_) shard.fail(client);
}

bool ServerShards::is_finite() const {
  return std::ranges::all_of(shards_, [](const AsynchronousServer& shard) {
    return std::isfinite(shard.model()->squared_step);
  });
}

Bytes ServerShards::state_bytes() const {
  Bytes total;
  for (const AsynchronousServer& shard : shards_) total += shard.state_bytes();
  return total;
}

void ServerShards::save(SavingArchive& archive) const {
  for (const AsynchronousServer& shard : shards_) shard.save(archive);
}

void ServerShards::load(LoadingArchive& archive) {
  for (AsynchronousServer& shard : shards_) shard.load(archive);
}

Model joined(const std::vector<Model>& stretches) {
  if (stretches.size() == 1) return stretches.front();
  Vector whole;
  std::int64_t oldest = stretches.front()->iteration;
  for (const Model& stretch : stretches) {
    const auto theta = stretch->parameters();
    whole.insert(whole.end(), theta.begin(), theta.end());
    oldest = std::min(oldest, stretch->iteration);
  }
  return std::make_shared<const ModelVersion>(oldest, std::move(whole));
}

}  // namespace gradwire::algorithms
