#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/algorithms/compressors/compressor.hpp"
#include "sim/algorithms/config.hpp"
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
  Reduction reduction = Reduction::mean;
  std::span<const MethodDefault> defaults = {};
  /// Number of models that the SASG authors' notebook creates for this method before it partitions
  /// the data, whose random draws `draws: pytorch` reproduces. For LASG and SASG it creates a
  /// second one for the stored parameters.
  int models_in_notebook = 1;
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

/// The ingredients of a configuration: its row's, or those that it names.
struct Ingredients {
  const SendRuleKind* send;
  const CompressorKind* compress;
  const MemoryKind* memory;
  const ServerStepKind* server_step;

  /// Parameters of all of them, each once: compressor, send rule, memory, server step.
  [[nodiscard]] std::vector<Parameter> parameters() const;
};
/// Throws std::logic_error for unknown names.
[[nodiscard]] Ingredients ingredients_of(const AlgorithmConfig& config);
/// Why the ingredients make no sense together; empty if they do.
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
[[nodiscard]] int batch_size_of(const AlgorithmConfig& config, int base, std::int64_t iteration);

/// Whether a part of the method depends on Surroundings::smoothness.
[[nodiscard]] bool needs_smoothness(const AlgorithmConfig& config);

/// Whether the server selects the workers that take part in each iteration.
[[nodiscard]] bool selects_workers(const AlgorithmConfig& config);

/// One of `workers` equal workers, and the matching server. `values`: WireConfig::values.
[[nodiscard]] Worker make_worker(const AlgorithmConfig& config, const Layout& layout, int workers,
                                 ValueFormat values = ValueFormat::float32);
/// Which workers take part. Throws InputError if that depends on a smoothness that is unknown.
[[nodiscard]] Box<Participation> make_participation(const AlgorithmConfig& config,
                                                    const Surroundings& surroundings);
[[nodiscard]] Server make_server(const AlgorithmConfig& config, const Layout& layout,
                                 Vector initial_parameters, int workers);

/// What is known of the method's uploads in advance. `values`: WireConfig::values.
[[nodiscard]] MessageShape shape_of(const AlgorithmConfig& config, const Layout& layout,
                                    ValueFormat values = ValueFormat::float32);
/// The wire format of the method's uploads.
[[nodiscard]] WireFormat make_wire_format(const AlgorithmConfig& config, const WireConfig& wire,
                                          const Layout& layout);

}  // namespace gradwire::algorithms
