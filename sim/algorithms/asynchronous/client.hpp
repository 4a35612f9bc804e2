#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "sim/algorithms/compressors/compressor.hpp"
#include "sim/algorithms/config.hpp"
#include "sim/algorithms/local_steps/minibatch_source.hpp"
#include "sim/algorithms/memory/memory.hpp"
#include "sim/algorithms/messages/message.hpp"
#include "sim/algorithms/parameter.hpp"
#include "sim/algorithms/step_context.hpp"
#include "sim/algorithms/step_size.hpp"
#include "sim/algorithms/worker.hpp"
#include "sim/core/archive_types.hpp"
#include "sim/core/asynchronous_source.hpp"
#include "sim/core/box.hpp"
#include "sim/core/model.hpp"
#include "sim/core/units.hpp"

namespace gradwire::algorithms {

/// One client of an asynchronous method: what it does with the models that it fetches, and what it
/// pushes. Knows neither time nor the other clients.
class Client {
 public:
  virtual ~Client() = default;

  /// The fetched model has arrived.
  virtual void receive(const Model& fetched) = 0;
  /// A push that leaves before the turn's computation. Throws std::logic_error if the method has
  /// none.
  virtual Message push(const StepContext& context) = 0;
  /// Computes the turn's local steps. Returns the push that leaves afterwards; Skip if none does.
  virtual Message compute(const ClientTurn& turn, StepSize size, MinibatchSource& minibatches,
                          const StepContext& context) = 0;

  /// Of the state between turns, without the fetched model.
  [[nodiscard]] virtual Bytes state_bytes() const = 0;
  [[nodiscard]] virtual std::unique_ptr<Client> clone() const = 0;
  // For checkpoints.
  virtual void save(SavingArchive& archive) const = 0;
  virtual void load(LoadingArchive& archive) = 0;
};

/// What the clients of a method are made from.
struct ClientSetup {
  AlgorithmConfig config;  ///< with_defaults()
  Worker worker;           ///< of the method's ingredients (AsynchronousKind::worker)
  Box<Compressor> compressor;
  Box<Memory> memory;
  int clients = 1;
  bool clients_apply_gamma = true;  ///< what they push contains gamma; else the server applies it
};

/// How the server treats pushes.
struct ServerPolicy {
  int buffer_size = 1;            ///< K: pushes that it joins in a step
  double staleness_exponent = 0;  ///< a push of staleness s counts with the factor (1 + s)^-a
  bool waits_for_all = false;     ///< a step joins one push of every client, in their order
  /// A push is fetched model - new model, and the step mixes the server's model with the new one.
  bool mixes_models = false;
};

/// An asynchronous method as an ingredient of a row.
struct AsynchronousKind {
  std::string_view name;
  std::span<const Parameter> parameters;
  /// The turn of a client that has made so many local steps since it (re)started. At 0 it fetches.
  ClientTurn (*turn)(const AlgorithmConfig& config, std::int64_t steps);
  std::unique_ptr<Client> (*make)(const ClientSetup& setup);
  ServerPolicy (*policy)(const AlgorithmConfig& config, int clients);
  /// Minibatches between two pushes of a client.
  std::int64_t (*steps_per_push)(const AlgorithmConfig& config);
  /// Sets in the values of a custom synchronous method what makes it the client's worker.
  void (*adapt)(AlgorithmConfig& worker) = [](AlgorithmConfig&) {};
  /// The parameters of the row's server step apply.
  bool has_server_step = false;
  /// Why the parameters make no sense together; empty if they do.
  std::string (*refuses)(const AlgorithmConfig& config) = [](const AlgorithmConfig&) {
    return std::string();
  };
};

extern const NumberParameter staleness_exponent_parameter;
[[nodiscard]] inline ServerPolicy policy_of_staleness(const AlgorithmConfig& config) {
  return {.staleness_exponent = config.get(staleness_exponent_parameter)};
}

}  // namespace gradwire::algorithms
