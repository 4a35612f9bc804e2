#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "sim/algorithms/asynchronous/client.hpp"
#include "sim/algorithms/asynchronous/versions.hpp"
#include "sim/algorithms/messages/message.hpp"
#include "sim/algorithms/server.hpp"
#include "sim/core/archive_types.hpp"
#include "sim/core/model.hpp"
#include "sim/core/units.hpp"

namespace gradwire::algorithms {

/// The server of an asynchronous method: applies pushes in the order in which they arrive, alone or
/// a buffer of them in one step.
class AsynchronousServer {
 public:
  AsynchronousServer(const ServerPolicy& policy, Server server, int clients);

  [[nodiscard]] Model model() const { return server_.model(); }
  /// The model that a client fetches.
  Model fetch(int client);
  /// Whether a client may fetch now, or has to wait until others have pushed.
  [[nodiscard]] bool answers(int client) const { return versions_.answers(client); }
  /// Applies a push. Returns its staleness: the versions made since `version`, the newest that the
  /// client had received when it made the push. gamma: the server's factor on what is pushed.
  std::int64_t apply(int client, Message push, std::int64_t version, double gamma);
  /// The client lost what it fetched. Precondition: it has sent no push that is not applied.
  void fail(int client) {
    if (policy_.mixes_models) fetched_[static_cast<std::size_t>(client)].reset();
  }

  /// Of step, buffer and the fetched models that the server needs.
  [[nodiscard]] Bytes state_bytes() const;
  void save(SavingArchive& archive) const;
  void load(LoadingArchive& archive);

 private:
  /// One step with all pushes in the buffer.
  void step(double gamma);
  /// theta - x of the client that fetched `fetched` and pushed fetched - x.
  [[nodiscard]] Message difference_to(const ModelVersion& fetched, const Message& push) const;

  ServerPolicy policy_;
  Server server_;
  Versions versions_;
  std::vector<Model> fetched_;   ///< [M]; empty unless models are mixed
  std::vector<Message> buffer_;  ///< if it waits for all: [M], Skip where none has come
  std::vector<float> factors_;   ///< on the pushes in the buffer
};

}  // namespace gradwire::algorithms
