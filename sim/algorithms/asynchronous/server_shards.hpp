#pragma once

#include <cstdint>
#include <vector>

#include "sim/algorithms/asynchronous/asynchronous_server.hpp"
#include "sim/algorithms/messages/message.hpp"
#include "sim/core/archive_types.hpp"
#include "sim/core/model.hpp"
#include "sim/core/stretch.hpp"
#include "sim/core/units.hpp"

namespace gradwire::algorithms {

/// The server of an asynchronous method in shards (D63): each is a server of a stretch of the
/// model, with versions of its own, which applies its slices of the pushes in the order in which
/// they arrive there. One shard is the server of the whole model.
class ServerShards {
 public:
  /// shards: [S], of the models' stretches in order
  explicit ServerShards(std::vector<AsynchronousServer> shards);

  [[nodiscard]] int count() const { return static_cast<int>(shards_.size()); }
  /// The newest stretches of all shards.
  [[nodiscard]] Model model() const;
  /// The stretch that a client fetches.
  Model fetch(int client, int shard) { return at(shard).fetch(client); }
  /// Whether a client may fetch it now.
  [[nodiscard]] bool answers(int client, int shard) const { return at(shard).answers(client); }
  /// Number of steps.
  [[nodiscard]] std::int64_t version(int shard) const { return at(shard).model()->iteration; }
  /// Applies the shard's slice of a push, as AsynchronousServer::apply().
  std::int64_t apply(int client, int shard, const Message& push, std::int64_t version,
                     double gamma);
  /// The same, of one shard.
  std::int64_t apply(int client, Message push, std::int64_t version, double gamma) {
    return at(0).apply(client, std::move(push), version, gamma);
  }
  /// As AsynchronousServer::fail(), at all shards.
  void fail(int client);
  /// False if the last step of a shard made a stretch that is not finite.
  [[nodiscard]] bool is_finite() const;

  [[nodiscard]] Bytes state_bytes() const;
  void save(SavingArchive& archive) const;
  void load(LoadingArchive& archive);

 private:
  [[nodiscard]] AsynchronousServer& at(int shard) {
    return shards_[static_cast<std::size_t>(shard)];
  }
  [[nodiscard]] const AsynchronousServer& at(int shard) const {
    return shards_[static_cast<std::size_t>(shard)];
  }

  std::vector<AsynchronousServer> shards_;  ///< [S]
  std::vector<Stretch> stretches_;          ///< [S]
};

/// A model of stretches, one behind the other. Its version is the oldest of theirs.
/// stretches: [S]; a single one is the model
[[nodiscard]] Model joined(const std::vector<Model>& stretches);

}  // namespace gradwire::algorithms
