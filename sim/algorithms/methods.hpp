#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/algorithms/asynchronous/asynchronous_server.hpp"
#include "sim/algorithms/asynchronous/client.hpp"
#include "sim/algorithms/asynchronous/server_shards.hpp"
#include "sim/algorithms/compressors/compressor.hpp"
#include "sim/algorithms/config.hpp"
#include "sim/algorithms/gossip/gossip_method.hpp"
#include "sim/algorithms/local_steps/group_models.hpp"
#include "sim/algorithms/local_steps/update_kind.hpp"
#include "sim/algorithms/memory/memory.hpp"
#include "sim/algorithms/send_rules/send_rule.hpp"
#include "sim/algorithms/server.hpp"
#include "sim/algorithms/server_steps/server_step.hpp"
#include "sim/algorithms/wire/wire.hpp"
#include "sim/algorithms/worker.hpp"
#include "sim/core/layout.hpp"

namespace gradwire::algorithms {

using MethodDefault = ParameterDefault;

/// A row of the table of named methods: ingredients, and their defaults.
struct Method {
  std::string_view group;    ///< heading in lists: "lazy"
  std::string_view name;     ///< in files: "sasg"
  std::string_view label;    ///< in tables and figures: "SASG"
  std::string_view summary;  ///< one line, for readers
  std::string_view source;   ///< the paper, and what of it is followed
  const SendRuleKind* send;
  const CompressorKind* compress;
  const MemoryKind* memory;
  const ServerStepKind* server_step;
  /// What of it no source at hand confirms; empty: nothing.
  std::string_view unverified = "";
  const UpdateKind* update = &gradient_update_kind;  ///< what a worker offers
  /// Of a decentralised method, which has no other ingredients than this and `compress`; else null.
  const GossipKind* gossip = nullptr;
  Reduction reduction = Reduction::mean;
  std::span<const MethodDefault> defaults = {};
  /// Number of models that the SASG authors' notebook creates for this method before it partitions
  /// the data, whose random draws `draws: pytorch` reproduces. For LASG and SASG it creates a
  /// second one for the stored parameters.
  int models_in_notebook = 1;
  /// Of an asynchronous method, which has no send rule, and whose compressor and memory the
  /// experiment file may choose; else null.
  const AsynchronousKind* asynchronous = nullptr;
};

/// Name of the method whose ingredients the experiment file gives.
inline constexpr std::string_view custom_name = "custom";

/// The table; a new method is a new row.
[[nodiscard]] std::span<const Method> methods();
/// The row of that name; throws std::logic_error for an unknown name (the reader of settings has
/// checked it).
[[nodiscard]] const Method& method(std::string_view name);

// All ingredients that rows have, each once, in the order of the table; after these, some more.
[[nodiscard]] const std::vector<const SendRuleKind*>& send_rules();
[[nodiscard]] const std::vector<const CompressorKind*>& compressors();
[[nodiscard]] const std::vector<const MemoryKind*>& memories();
[[nodiscard]] const std::vector<const ServerStepKind*>& server_steps();
[[nodiscard]] const std::vector<const UpdateKind*>& updates();
[[nodiscard]] const std::vector<const GossipKind*>& gossip_kinds();
[[nodiscard]] const std::vector<const AsynchronousKind*>& asynchronous_kinds();
/// Parameters that all methods have.
[[nodiscard]] std::span<const Parameter> common_parameters();

/// The ingredients of a configuration: its row's, or those that it names.
struct Ingredients {
  const SendRuleKind* send;
  const CompressorKind* compress;
  const MemoryKind* memory;
  const ServerStepKind* server_step;
  const UpdateKind* update;
  const GossipKind* gossip = nullptr;
  const AsynchronousKind* asynchronous = nullptr;

  /// Parameters of all of them, each once: compressor, send rule, memory, server step, update; then
  /// the common ones. Of a decentralised method: compressor and method; of an asynchronous one:
  /// memory and, where it has one, server step as well.
  [[nodiscard]] std::vector<Parameter> parameters() const;
};
/// Throws std::logic_error for unknown names.
[[nodiscard]] Ingredients ingredients_of(const AlgorithmConfig& config);

/// What makes no sense together.
struct Incompatibility {
  std::string reason;  ///< empty: nothing
  /// Keys of the configuration at fault, the likeliest first; some may not be given in it.
  std::vector<std::string_view> keys;
};
[[nodiscard]] Incompatibility first_incompatibility(const AlgorithmConfig& config);
/// Its reason.
[[nodiscard]] std::string incompatibility(const AlgorithmConfig& config);

/// The configuration with the row's defaults in place of values that are not given.
[[nodiscard]] AlgorithmConfig with_defaults(AlgorithmConfig config);
/// The default of a parameter in this configuration: its row's, its send rule's, or its own.
[[nodiscard]] ParameterValue default_of(const AlgorithmConfig& config, const Parameter& parameter);
/// The configuration's reduction; without a value, the row's.
[[nodiscard]] Reduction reduction_of(const AlgorithmConfig& config);

/// Whether workers send each update as it is, dense, in every iteration, so that the server need
/// not store it: such updates may be deferred (D37). `values`: WireConfig::values.
[[nodiscard]] bool sends_plain_updates(const AlgorithmConfig& config,
                                       ValueFormat values = ValueFormat::float32);

/// Whether uploads are sparse and all have the same positions in an iteration, so that they may be
/// added on the way. `values`: WireConfig::values.
[[nodiscard]] bool sends_common_positions(const AlgorithmConfig& config,
                                          ValueFormat values = ValueFormat::float32);

/// Whether the method states the sizes of its minibatches.
[[nodiscard]] bool has_own_batch_sizes(const AlgorithmConfig& config);
/// Samples of a worker's minibatch in an iteration, from 0, where the configured size is `base`.
/// `config`: with_defaults().
[[nodiscard]] int batch_size_of(const AlgorithmConfig& config, int base, std::int64_t iteration);

/// Whether a part of the method depends on Surroundings::smoothness.
[[nodiscard]] bool needs_smoothness(const AlgorithmConfig& config);

/// Whether workers make local steps: the method says so, or a custom one has a parameter of these
/// or a memory that expects them.
[[nodiscard]] bool has_local_steps(const AlgorithmConfig& config);
/// The number of a worker's local steps in an iteration. Without local steps: one.
struct LocalStepPlan {
  std::int64_t steps = 1;          ///< H
  std::int64_t epochs = 0;         ///< E in place of H, if above 0
  bool after_first_decay = false;  ///< one step until the learning rate falls
  /// Of an iteration with local steps; `passes`: minibatches in a pass over the worker's samples.
  [[nodiscard]] std::int64_t of(std::int64_t passes) const {
    return epochs > 0 ? epochs * passes : steps;
  }
};
[[nodiscard]] LocalStepPlan local_step_plan(const AlgorithmConfig& config);
/// Whether even a single step is made locally, and not as a gradient: the worker's model begins
/// elsewhere, or its rule compares what local steps offer.
[[nodiscard]] bool steps_locally_if_single(const AlgorithmConfig& config);
/// The factor on the joined contributions in the server's step, where it applies one.
[[nodiscard]] double server_factor(const AlgorithmConfig& config, StepSize size, int workers);
/// Models of groups of workers, of a method that has them.
[[nodiscard]] std::optional<GroupModels> make_group_models(const AlgorithmConfig& config,
                                                           int workers);
/// Whether each worker moves a copy of batch norm's running statistics, and the mean becomes the
/// next (LocalStatistics::mean).
[[nodiscard]] bool averages_statistics(const AlgorithmConfig& config);
[[nodiscard]] bool has_control_variates(const AlgorithmConfig& config);
/// Number of the workers that take part in an iteration, if drawn; all, unless the configuration
/// has a participation below 1.
[[nodiscard]] int sampled_workers_of(const AlgorithmConfig& config, int workers);
/// The server weights contributions by samples, and not the workers their objectives: their local
/// steps are not weighted, or only some take part (D51).
[[nodiscard]] bool weights_at_server(const AlgorithmConfig& config);

/// Whether a rule at the server selects the workers that take part in each iteration.
[[nodiscard]] bool selects_workers(const AlgorithmConfig& config);

/// One of `workers` equal workers, and the matching server. `values`: WireConfig::values.
[[nodiscard]] Worker make_worker(const AlgorithmConfig& config, const Layout& layout, int workers,
                                 ValueFormat values = ValueFormat::float32);
/// Which workers take part. Throws InputError if that depends on a smoothness that is unknown.
[[nodiscard]] Box<Participation> make_participation(const AlgorithmConfig& config,
                                                    const Surroundings& surroundings);
/// samples: [M] of the workers, where weights_at_server() and they are not all equal; else empty.
[[nodiscard]] Server make_server(const AlgorithmConfig& config, const Layout& layout,
                                 Vector initial_parameters, int workers,
                                 std::vector<double> samples = {});

/// Whether nodes have models of their own and send messages to neighbours.
[[nodiscard]] bool is_decentralised(const AlgorithmConfig& config);
/// Whether the experiment file chooses the compressor.
[[nodiscard]] bool chooses_compressor(const AlgorithmConfig& config);
/// Whether it chooses the memory.
[[nodiscard]] bool chooses_memory(const AlgorithmConfig& config);
/// Whether a decentralised method's messages leave before the gradient is computed.
[[nodiscard]] bool sends_first(const AlgorithmConfig& config);
/// A decentralised method's nodes.
[[nodiscard]] std::unique_ptr<GossipMethod> make_gossip(const AlgorithmConfig& config,
                                                        const Layout& layout, Vector initial,
                                                        int nodes,
                                                        ValueFormat values = ValueFormat::float32);

/// Whether the server applies each push when it arrives.
[[nodiscard]] bool is_asynchronous(const AlgorithmConfig& config);
/// An asynchronous method's client, and the matching server.
[[nodiscard]] std::unique_ptr<Client> make_client(const AlgorithmConfig& config,
                                                  const Layout& layout, int clients,
                                                  ValueFormat values = ValueFormat::float32);
/// The synchronous method whose worker a client is, and whose server's factor (server_factor()) is
/// that on pushes.
[[nodiscard]] AlgorithmConfig worker_method_of(const AlgorithmConfig& config);
[[nodiscard]] AsynchronousServer make_asynchronous_server(const AlgorithmConfig& config,
                                                          const Layout& layout, Vector initial,
                                                          int clients);
/// The same in shards, each of a stretch of the model (stretches_of()).
[[nodiscard]] ServerShards make_server_shards(const AlgorithmConfig& config, const Layout& layout,
                                              const Vector& initial, int clients, int shards);

/// What is known of the method's uploads in advance. `values`: WireConfig::values.
[[nodiscard]] MessageShape shape_of(const AlgorithmConfig& config, const Layout& layout,
                                    ValueFormat values = ValueFormat::float32);
/// The wire format of the method's uploads.
[[nodiscard]] WireFormat make_wire_format(const AlgorithmConfig& config, const WireConfig& wire,
                                          const Layout& layout);

}  // namespace gradwire::algorithms
