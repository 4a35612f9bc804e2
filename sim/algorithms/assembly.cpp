#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "sim/algorithms/compressors/random_k.hpp"
#include "sim/algorithms/compressors/rounded_values.hpp"
#include "sim/algorithms/methods.hpp"
#include "sim/algorithms/momentum/momentum.hpp"
#include "sim/algorithms/server_steps/compressed_downlink.hpp"
#include "sim/core/error.hpp"

// Workers, server and wire format of a configured method.

namespace gradwire::algorithms {

bool sends_plain_updates(const AlgorithmConfig& config, ValueFormat values) {
  const Ingredients parts = ingredients_of(config);
  return values == ValueFormat::float32 && !parts.send->skips && parts.compress->is_identity &&
         !parts.memory->holds_errors && parts.memory->difference_step == nullptr &&
         !parts.memory->applies_momentum && !has_momentum_at(config, MomentumPlace::worker);
}

bool sends_common_positions(const AlgorithmConfig& given, ValueFormat values) {
  const AlgorithmConfig config = with_defaults(given);
  const Ingredients parts = ingredients_of(config);
  // A worker that skips would add its stored upload, of other positions.
  return values == ValueFormat::float32 && parts.compress == &random_k_kind && !parts.send->skips &&
         draws_common_positions(config);
}

bool has_own_batch_sizes(const AlgorithmConfig& config) {
  return ingredients_of(config).send->batch_size != nullptr;
}

int batch_size_of(const AlgorithmConfig& given, int base, std::int64_t iteration) {
  const AlgorithmConfig config = with_defaults(given);
  const auto own = ingredients_of(config).send->batch_size;
  return own != nullptr ? own(config, base, iteration) : base;
}

bool needs_smoothness(const AlgorithmConfig& config) {
  return ingredients_of(config).send->needs_smoothness;
}

bool selects_workers(const AlgorithmConfig& config) {
  return ingredients_of(config).send->participation != nullptr;
}

namespace {

/// What the worker applies to its gradients, besides what memory and server step apply themselves.
std::optional<Momentum> momentum_of_worker(AlgorithmConfig config, std::size_t d) {
  const Ingredients parts = ingredients_of(config);
  if (parts.memory->applies_momentum) {
    config.set(momentum_parameter, 0).set(nesterov_parameter, false);
  }
  if (parts.server_step->decays_weights) config.set(weight_decay_parameter, 0);
  return momentum_at(config, MomentumPlace::worker, d);
}

/// Whether the workers scale what they send by gamma. Otherwise the server does: a memory may be
/// of unscaled gradients, and the server's momentum is.
bool workers_apply_gamma(const AlgorithmConfig& config) {
  const Ingredients parts = ingredients_of(config);
  return parts.memory->gamma_is_inside(config) && !parts.server_step->applies_gamma(config);
}

Box<Compressor> make_compressor(const AlgorithmConfig& config, const Layout& layout,
                                ValueFormat values) {
  const CompressorKind& kind = *ingredients_of(config).compress;
  Box<Compressor> compressor = kind.make(config, layout);
  if (!RoundedValues::applies(kind.shape(config, layout), values)) return compressor;
  return std::make_unique<RoundedValues>(std::move(compressor), values);
}

}  // namespace

Worker make_worker(const AlgorithmConfig& given, const Layout& layout, int workers,
                   ValueFormat values) {
  const AlgorithmConfig config = with_defaults(given);
  const Ingredients parts = ingredients_of(config);
  return Worker({.rule = parts.send->make(config, workers),
                 .compressor = make_compressor(config, layout, values),
                 .memory = parts.memory->make(config, layout, workers),
                 .applies_gamma = workers_apply_gamma(config),
                 .momentum = momentum_of_worker(config, layout.size())});
}

Box<Participation> make_participation(const AlgorithmConfig& given,
                                      const Surroundings& surroundings) {
  const AlgorithmConfig config = with_defaults(given);
  const SendRuleKind& rule = *ingredients_of(config).send;
  if (rule.participation == nullptr) return std::make_unique<EveryWorker>(surroundings.workers);
  if (rule.needs_smoothness && surroundings.smoothness.empty()) {
    throw InputError("algorithm", std::string(rule.name) +
                                      " expects that the smoothness constants of the workers' "
                                      "objectives are known");
  }
  Surroundings all = surroundings;
  all.workers_apply_gamma = workers_apply_gamma(config);
  return rule.participation(config, all);
}

namespace {

/// The server has its own memory and compressor, of the same kinds as the workers'.
std::optional<CompressedDownlink> make_downlink(const AlgorithmConfig& config,
                                                const Layout& layout) {
  if (!compresses_downlink(config)) return std::nullopt;
  const Ingredients parts = ingredients_of(config);
  return CompressedDownlink(parts.memory->make(config, layout, 1),
                            parts.compress->make(config, layout));
}

}  // namespace

Server make_server(const AlgorithmConfig& given, const Layout& layout, Vector initial_parameters,
                   int workers) {
  const AlgorithmConfig config = with_defaults(given);
  const Ingredients parts = ingredients_of(config);
  return Server({.workers = workers,
                 .workers_skip = parts.send->skips,
                 .reuses_contributions = parts.send->reuses_contributions,
                 .takes_mean = config.reduction != Reduction::sum,
                 .applies_gamma = !workers_apply_gamma(config),
                 .difference_step = parts.memory->difference_step != nullptr
                                        ? std::optional(parts.memory->difference_step(config))
                                        : std::nullopt},
                parts.server_step->make(config, layout), std::move(initial_parameters),
                make_downlink(config, layout));
}

MessageShape shape_of(const AlgorithmConfig& given, const Layout& layout, ValueFormat values) {
  const AlgorithmConfig config = with_defaults(given);
  MessageShape shape = ingredients_of(config).compress->shape(config, layout);
  if (RoundedValues::applies(shape, values)) shape.values = values;
  return shape;
}

WireFormat make_wire_format(const AlgorithmConfig& config, const WireConfig& wire,
                            const Layout& layout) {
  return {wire, layout, shape_of(config, layout, wire.values)};
}

}  // namespace gradwire::algorithms
