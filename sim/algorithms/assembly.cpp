#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "sim/algorithms/compressors/random_k.hpp"
#include "sim/algorithms/compressors/rounded_values.hpp"
#include "sim/algorithms/local_steps/local_steps.hpp"
#include "sim/algorithms/methods.hpp"
#include "sim/algorithms/momentum/momentum.hpp"
#include "sim/algorithms/sampled_workers.hpp"
#include "sim/algorithms/server_steps/compressed_downlink.hpp"
#include "sim/core/error.hpp"

// Workers, server and wire format of a configured method.

namespace gradwire::algorithms {

namespace {

bool has_momentum_of_local_steps(const AlgorithmConfig& config) {
  return has_local_steps(config) &&
         (config.get(local_momentum_parameter) != 0 || config.get(weight_decay_parameter) != 0);
}

}  // namespace

bool sends_plain_updates(const AlgorithmConfig& given, ValueFormat values) {
  const AlgorithmConfig config = with_defaults(given);
  const Ingredients parts = ingredients_of(config);
  return values == ValueFormat::float32 && !parts.send->skips && parts.compress->is_identity &&
         !parts.memory->holds_errors && parts.memory->difference_step == nullptr &&
         !parts.memory->applies_momentum && !has_momentum_at(config, MomentumPlace::worker) &&
         !has_momentum_of_local_steps(config);
}

bool has_local_steps(const AlgorithmConfig& given) {
  const Ingredients parts = ingredients_of(given);
  if (given.name != custom_name || !parts.update->is_local) return parts.update->is_local;
  if (parts.memory->moves_start) return true;
  return std::ranges::any_of(parts.update->parameters, [&given](const Parameter& parameter) {
    const auto value = given.values.find(key_of(parameter));
    const bool is_shared = parameter == Parameter(&weight_decay_parameter);
    return !is_shared && value != given.values.end() && value->second != default_of(parameter);
  });
}

LocalStepPlan local_step_plan(const AlgorithmConfig& given) {
  if (const AsynchronousKind* const kind = ingredients_of(given).asynchronous) {
    return {.steps = kind->steps_per_push(with_defaults(given))};
  }
  if (!has_local_steps(given)) return {};
  const AlgorithmConfig config = with_defaults(given);
  return {.steps = config.get(local_steps_parameter),
          .epochs = config.get(local_epochs_parameter),
          .after_first_decay =
              config.choice<LocalBegin>(local_begin_parameter) == LocalBegin::first_decay};
}

bool steps_locally_if_single(const AlgorithmConfig& given) {
  if (!has_local_steps(given)) return false;
  const Ingredients parts = ingredients_of(given);
  return parts.memory->moves_start || parts.send->skips || parts.update->is_grouped ||
         has_control_variates(given);
}

double server_factor(const AlgorithmConfig& given, StepSize size, int workers) {
  if (!has_local_steps(given)) return size.gamma;
  return make_local_steps(with_defaults(given), sampled_workers_of(given, workers))
      .server_factor(size);
}

std::optional<GroupModels> make_group_models(const AlgorithmConfig& given, int workers) {
  if (!ingredients_of(given).update->is_grouped) return std::nullopt;
  const AlgorithmConfig config = with_defaults(given);
  return GroupModels(
      {.workers = workers,
       .group_size = static_cast<int>(config.get(group_size_parameter)),
       .exchanges = config.get(global_steps_parameter) / config.get(local_steps_parameter)});
}

bool averages_statistics(const AlgorithmConfig& given) {
  return has_local_steps(given) && with_defaults(given).choice<LocalStatistics>(
                                       local_statistics_parameter) == LocalStatistics::mean;
}

bool has_control_variates(const AlgorithmConfig& given) {
  return has_local_steps(given) && with_defaults(given).get(control_variates_parameter);
}

int sampled_workers_of(const AlgorithmConfig& given, int workers) {
  return sampled_count(with_defaults(given).get(participation_parameter), workers);
}

bool weights_at_server(const AlgorithmConfig& given) {
  const bool is_weighted = reduction_of(given) == Reduction::weighted_mean;
  const bool samples = with_defaults(given).get(participation_parameter) < 1;
  return is_weighted && (samples || has_local_steps(given));
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

int batch_size_of(const AlgorithmConfig& config, int base, std::int64_t iteration) {
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

/// The configuration whose momentum at the worker is that of its local steps. Their weight decay
/// acts there, wherever the momentum is.
AlgorithmConfig of_local_steps(AlgorithmConfig config) {
  if (config.choice<MomentumPlace>(momentum_at_parameter) == MomentumPlace::worker) return config;
  return config.set(momentum_at_parameter, "worker")
      .set(momentum_parameter, config.get(local_momentum_parameter))
      .set(nesterov_parameter, config.get(local_nesterov_parameter))
      .set(dampening_parameter, 0);
}

/// The configuration that the server's step sees.
AlgorithmConfig of_server(AlgorithmConfig config) {
  if (has_local_steps(config)) config.set(weight_decay_parameter, 0);
  return config;
}

/// What the worker applies to its gradients, besides what memory and server step apply themselves.
std::optional<Momentum> momentum_of_worker(AlgorithmConfig config, std::size_t d) {
  const Ingredients parts = ingredients_of(config);
  if (has_local_steps(config)) return momentum_at(of_local_steps(config), MomentumPlace::worker, d);
  if (parts.memory->applies_momentum) {
    config.set(momentum_parameter, 0).set(nesterov_parameter, false);
  }
  if (parts.server_step->decays_weights) config.set(weight_decay_parameter, 0);
  return momentum_at(config, MomentumPlace::worker, d);
}

/// Whether the workers scale what they send by gamma. Otherwise the server does: a memory may be
/// of unscaled gradients, and the server's momentum is.
bool workers_apply_gamma(const AlgorithmConfig& config) {
  if (has_local_steps(config)) return config.choice<Offer>(offer_parameter) == Offer::difference;
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
                 .momentum = momentum_of_worker(config, layout.size()),
                 .local_steps = has_local_steps(config)
                                    ? std::optional(make_local_steps(
                                          config, sampled_workers_of(config, workers)))
                                    : std::nullopt});
}

Box<Participation> make_participation(const AlgorithmConfig& given,
                                      const Surroundings& surroundings) {
  const AlgorithmConfig config = with_defaults(given);
  const SendRuleKind& rule = *ingredients_of(config).send;
  if (rule.participation == nullptr) {
    const int count = sampled_workers_of(config, surroundings.workers);
    if (count == surroundings.workers) return std::make_unique<EveryWorker>(count);
    return std::make_unique<SampledWorkers>(surroundings.seed, surroundings.workers, count);
  }
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
                   int workers, std::vector<double> samples) {
  const AlgorithmConfig config = of_server(with_defaults(given));
  const Ingredients parts = ingredients_of(config);
  return Server({.workers = workers,
                 .workers_skip = parts.send->skips,
                 .reuses_contributions = parts.send->reuses_contributions,
                 .takes_mean = config.reduction != Reduction::sum,
                 .samples = std::move(samples),
                 .has_variate = has_control_variates(config),
                 .applies_gamma = has_local_steps(config) || !workers_apply_gamma(config),
                 .difference_step = parts.memory->difference_step != nullptr
                                        ? std::optional(parts.memory->difference_step(config))
                                        : std::nullopt},
                parts.server_step->make(config, layout), std::move(initial_parameters),
                make_downlink(config, layout));
}

namespace {

/// The synchronous method whose worker a client is.
AlgorithmConfig worker_method(const AlgorithmConfig& config) {
  const Ingredients parts = ingredients_of(config);
  AlgorithmConfig worker = config;
  worker.name = custom_name;
  worker.send = parts.send->name;
  worker.compress = parts.compress->name;
  worker.memory = parts.memory->name;
  worker.server_step = parts.server_step->name;
  parts.asynchronous->adapt(worker);
  return worker;
}

}  // namespace

AlgorithmConfig worker_method_of(const AlgorithmConfig& given) {
  return worker_method(with_defaults(given));
}

std::unique_ptr<Client> make_client(const AlgorithmConfig& given, const Layout& layout, int clients,
                                    ValueFormat values) {
  const AlgorithmConfig config = with_defaults(given);
  const AlgorithmConfig worker = with_defaults(worker_method(config));
  const Ingredients parts = ingredients_of(config);
  return parts.asynchronous->make({.config = config,
                                   .worker = make_worker(worker, layout, 1, values),
                                   .compressor = make_compressor(worker, layout, values),
                                   .memory = parts.memory->make(worker, layout, 1),
                                   .clients = clients,
                                   .clients_apply_gamma = workers_apply_gamma(worker)});
}

AsynchronousServer make_asynchronous_server(const AlgorithmConfig& given, const Layout& layout,
                                            Vector initial, int clients) {
  const AlgorithmConfig config = with_defaults(given);
  const ServerPolicy policy = ingredients_of(config).asynchronous->policy(config, clients);
  return {policy,
          make_server(worker_method(config), layout, std::move(initial), policy.buffer_size),
          clients};
}

ServerShards make_server_shards(const AlgorithmConfig& config, const Layout& layout,
                                const Vector& initial, int clients, int shards) {
  std::vector<AsynchronousServer> servers;
  if (shards == 1) {
    servers.push_back(make_asynchronous_server(config, layout, initial, clients));
    return ServerShards(std::move(servers));
  }
  for (const Stretch& stretch : stretches_of(layout.size(), shards)) {
    Layout own;
    own.add("stretch", {static_cast<std::int64_t>(stretch.size())});
    const auto theta = std::span(initial).subspan(stretch.begin, stretch.size());
    servers.push_back(
        make_asynchronous_server(config, own, Vector(theta.begin(), theta.end()), clients));
  }
  return ServerShards(std::move(servers));
}

bool sends_first(const AlgorithmConfig& given) {
  return ingredients_of(given).gossip->sends_first(with_defaults(given));
}

std::unique_ptr<GossipMethod> make_gossip(const AlgorithmConfig& given, const Layout& layout,
                                          Vector initial, int nodes, ValueFormat values) {
  const AlgorithmConfig config = with_defaults(given);
  return ingredients_of(config).gossip->make({.config = config,
                                              .layout = layout,
                                              .initial = std::move(initial),
                                              .compressor = make_compressor(config, layout, values),
                                              .nodes = nodes});
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
