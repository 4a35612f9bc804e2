#include "sim/scenario/validate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>

#include "sim/algorithms/methods.hpp"
#include "sim/scenario/model_file.hpp"
#include "sim/scenario/validate_all_reduce.hpp"
#include "sim/scenario/validate_asynchronous.hpp"
#include "sim/scenario/validate_files.hpp"
#include "sim/scenario/validate_gossip.hpp"
#include "sim/scenario/validate_server_shards.hpp"

namespace gradwire::scenario {

namespace {

void check_overrides(const Scenario& c, const JsonLocation& place) {
  std::map<int, std::size_t> seen;
  for (std::size_t i = 0; i < c.platform.overrides.size(); ++i) {
    const int worker = c.platform.overrides[i].worker;
    const JsonLocation at = place / "overrides" / i / "worker";
    if (worker >= c.workers) {
      at.fail(fmt::format("must be below workers ({}), got {}", c.workers, worker));
    }
    const auto [first, is_new] = seen.emplace(worker, i);
    if (!is_new) at.fail(fmt::format("worker {} is in entry {} already", worker, first->second));
  }
}

void check_server_host(const Scenario& c, const std::string& server, std::size_t shard,
                       const JsonLocation& place) {
  const bool on_worker0 = c.protocol.server == protocols::ServerPlace::worker0;
  for (std::size_t i = 0; i < c.platform.workers.size(); ++i) {
    const bool same = c.platform.workers[i] == server;
    if (on_worker0 && i == shard && !same) {
      place.fail(
          fmt::format("must be {}, the host of worker {}, since protocol.server is worker0; "
                      "got {}",
                      c.platform.workers[i], i, server));
    }
    if (!on_worker0 && same) {
      place.fail(
          fmt::format("{} is the host of worker {}; protocol.server is dedicated", server, i));
    }
  }
}

/// The server's host, or those of its shards.
void check_server_hosts(const Scenario& c, const JsonLocation& place) {
  const network::PlatformConfig& platform = c.platform;
  const auto shards = static_cast<std::size_t>(c.protocol.server_shards);
  if (platform.servers.empty()) {
    if (platform.server.empty()) place.fail("server is missing");
    if (shards > 1) {
      (place / "servers")
          .fail(fmt::format("must name the hosts of {} protocol.server_shards, got none", shards));
    }
    return check_server_host(c, platform.server, 0, place / "server");
  }
  if (!platform.server.empty()) {
    (place / "servers").fail("goes in place of server, which is given too");
  }
  if (platform.servers.size() < shards) {
    (place / "servers")
        .fail(fmt::format("must name at least as many hosts as protocol.server_shards ({}), got {}",
                          shards, platform.servers.size()));
  }
  for (std::size_t s = 0; s < shards; ++s) {
    check_server_host(c, platform.servers[s], s, place / "servers" / s);
  }
}

void check_file(const Scenario& c, const JsonLocation& place) {
  if (c.platform.path.empty()) (place / "path").fail("must not be empty");
  const JsonLocation hosts = place / "workers";
  if (c.platform.workers.size() != static_cast<std::size_t>(c.workers)) {
    hosts.fail(fmt::format("must name as many hosts as there are workers ({}), got {}", c.workers,
                           c.platform.workers.size()));
  }
  const bool along_workers =
      c.protocol.has_server() && c.protocol.broadcast == protocols::BroadcastKind::binomial;
  std::map<std::string, std::size_t> seen;
  for (std::size_t i = 0; i < c.platform.workers.size(); ++i) {
    const std::string& host = c.platform.workers[i];
    if (host.empty()) (hosts / i).fail("must not be empty");
    const auto [first, is_new] = seen.emplace(host, i);
    if (is_new || !along_workers) continue;
    (hosts / i).fail(
        fmt::format("{} is the host of worker {} already; a binomial broadcast expects "
                    "each worker on a host of its own",
                    host, first->second));
  }
  if (c.protocol.has_server()) check_server_hosts(c, place);
}

void check_synthetic(const Scenario& c, const JsonLocation& place) {
  const bool whole = c.batch_size.is_whole_shard();
  const std::int64_t needed = std::int64_t{c.workers} * (whole ? 1 : c.batch_size.samples);
  if (c.dataset.train_samples < needed) {
    (place / "train_samples")
        .fail(fmt::format("must be at least workers{} = {}, got {}", whole ? "" : " * batch_size",
                          needed, c.dataset.train_samples));
  }
}

/// The random draws of the authors' programs are known only for their iid split and without
/// augmentation.
void check_pytorch_draws(const Scenario& c, const JsonLocation& place) {
  constexpr std::uint64_t largest = 0xffff'ffff;  // limit of numpy.random.seed
  if (c.seed > largest) {
    (place / "seed")
        .fail(fmt::format("must be at most {} when draws is pytorch, got {}", largest, c.seed));
  }
  const learn::DatasetConfig& data = c.dataset;
  if (data.partition.kind != learn::PartitionKind::iid) {
    (place / "dataset" / "partition" / "kind")
        .fail(fmt::format("must be iid when draws is pytorch, got {}",
                          name_of(data.partition.kind, learn::partition_choices)));
  }
  if (!data.partition.sizes.empty() || data.partition.sizes_alpha) {
    (place / "dataset" / "partition" / "sizes")
        .fail("does not go with draws pytorch: those programs cut equal shards");
  }
  if (data.name.starts_with("cifar") && data.augmentation != learn::AugmentationKind::none) {
    (place / "dataset" / "augmentation")
        .fail(fmt::format("must be none when draws is pytorch, got {}",
                          name_of(data.augmentation, learn::augmentation_choices)));
  }
}

/// Settings that only gradwire's own models and data have.
void check_external(const Scenario& c, const JsonLocation& place) {
  const learn::ExternalConfig& model = c.model.external;
  const JsonLocation command = place / "model" / "command";
  if (model.command.empty()) command.fail("must not be empty");
  if (model.command[0].empty()) (command / 0).fail("must not be empty");
  if (model.timeout.value <= 0) {
    (place / "model" / "timeout").fail(fmt::format("must be above 0, got {}", model.timeout.value));
  }
  if (c.draws != Draws::named) (place / "draws").fail("does not apply to model external");
  if (c.device != learn::Device::cpu) {
    (place / "device").fail("does not apply to model external, whose command chooses the device");
  }
  if (c.top5) (place / "top5").fail("does not apply to model external");
  if (c.batch_size.is_whole_shard()) {
    (place / "batch_size").fail("must be a number, since model external reads its own data");
  }
  if (c.loss != learn::LossConfig{}) {
    (place / "loss").fail("does not apply to model external, whose command computes the loss");
  }
  if (algorithms::reduction_of(c.algorithm) == algorithms::Reduction::weighted_mean) {
    (place / "algorithm" / "reduction")
        .fail("weighted_mean does not apply to model external, whose shards are not known");
  }
}

void check_by_source(const Scenario& c, const JsonLocation& place) {
  if (c.dataset.name == "cifar10+mnist") return;
  place.fail(fmt::format("by_source expects dataset cifar10+mnist, got {}", c.dataset.name));
}

void check_model(const Scenario& c, const JsonLocation& place) {
  const learn::ModelConfig& model = c.model;
  if (model.name == learn::ModelKind::torchscript && model.file.empty()) {
    place.fail("file is missing");
  }
  if (model.name != learn::ModelKind::layers) return;
  if (model.layers.empty() && model.file.empty()) place.fail("expected layers, or a file of them");
  if (model.layers.empty()) return;
  if (!model.file.empty() && model.digest.empty()) {
    (place / "file").fail("goes in place of layers, which are given too");
  }
  check_layers(c, place / "layers");
}

/// gradwire's own kernels do not count hits per source.
void check_sources(const Scenario& c, const JsonLocation& place) {
  const bool by_kernels = learn::is_fully_connected(c.model.name) &&
                          c.model.gradient == learn::GradientImplementation::kernels;
  if (c.dataset.name != "cifar10+mnist" || !by_kernels) return;
  (place / "gradient").fail("must be libtorch when dataset is cifar10+mnist, got kernels");
}

void check_sizes(const Scenario& c, const JsonLocation& place) {
  const learn::PartitionConfig& partition = c.dataset.partition;
  if (partition.sizes.empty() && !partition.sizes_alpha) return;
  if (partition.kind == learn::PartitionKind::by_source) {
    place.fail("does not go with by_source, whose shards have the size that the sources allow");
  }
  if (!partition.sizes.empty() && partition.sizes.size() != static_cast<std::size_t>(c.workers)) {
    place.fail(fmt::format("must have as many entries as there are workers ({}), got {}", c.workers,
                           partition.sizes.size()));
  }
}

/// That the model can have the one output that losses other than cross_entropy compare with a
/// number.
void check_single_output(const Scenario& c, const JsonLocation& place) {
  const std::string_view loss = name_of(c.loss.name, learn::loss_choices);
  const bool has_own_loss =
      c.model.name == learn::ModelKind::logistic || c.model.name == learn::ModelKind::external;
  if (has_own_loss) {
    (place / "loss" / "name")
        .fail(fmt::format("{} does not apply to model {}, which has a loss of its own", loss,
                          name_of(c.model.name, learn::model_choices)));
  }
  const bool by_kernels = c.model.name == learn::ModelKind::mlp && c.device == learn::Device::cpu &&
                          c.model.gradient == learn::GradientImplementation::kernels;
  if (by_kernels) {
    (place / "model" / "gradient")
        .fail(fmt::format("kernels compute cross_entropy only; expected libtorch with loss {}",
                          loss));
  }
}

void check_loss(const Scenario& c, const JsonLocation& place) {
  const bool is_linear = c.model.name == learn::ModelKind::linear;
  if (c.loss.name != learn::LossKind::cross_entropy) check_single_output(c, place);
  if (is_linear && c.device != learn::Device::cpu) {
    (place / "device").fail("must be cpu, where model linear is computed");
  }
  if (c.top5 && c.loss.name != learn::LossKind::cross_entropy) {
    (place / "top5").fail("expects loss cross_entropy, which has an output per class");
  }
  const bool weighted =
      algorithms::reduction_of(c.algorithm) == algorithms::Reduction::weighted_mean;
  if (weighted && c.loss.over == learn::LossSum::sum) {
    (place / "algorithm" / "reduction")
        .fail("weighted_mean goes with loss.over mean; sums over samples are weighted already");
  }
}

void check_baseline(const Scenario& c, const JsonLocation& place) {
  const BaselineConfig& baseline = *c.baseline;
  if (baseline.metric != BaselineMetric::objective) {
    if (c.loss.predicts_classes()) return;
    (place / "metric")
        .fail(fmt::format("{} expects outputs that are classes, which loss {} does not have",
                          name_of(baseline.metric, baseline_metric_choices),
                          name_of(c.loss.name, learn::loss_choices)));
  }
  if (!evaluates_objective(c)) {
    (place / "metric")
        .fail("objective expects model linear, or mlp or logistic with gradient kernels");
  }
  if (baseline.above) (place / "above").fail("does not apply to objective, which has below");
  if (!baseline.below)
    (place / "below").fail("expected a number above 0, since metric is objective");
}

void check_rate(const LearningRateConfig& rate, const Scenario& c, const JsonLocation& place) {
  if (rate.inverse_smoothness && c.model.name != learn::ModelKind::linear) {
    (place / "initial")
        .fail(fmt::format("1/L expects model linear, got {}",
                          name_of(c.model.name, learn::model_choices)));
  }
  if (!rate.inverse_smoothness && rate.factor != 1) {
    (place / "factor").fail("goes with initial 1/L only");
  }
  if (rate.schedule == ScheduleKind::cosine && !rate.steps.empty()) {
    (place / "steps").fail("does not go with schedule cosine");
  }
}

void check_steps(const Scenario& c, const JsonLocation& place) {
  const auto& steps = c.learning_rate.steps;
  for (std::size_t i = 1; i < steps.size(); ++i) {
    if (steps[i].epoch > steps[i - 1].epoch) continue;
    (place / i / "epoch")
        .fail(fmt::format("must be above the entry before ({}), got {}", steps[i - 1].epoch,
                          steps[i].epoch));
  }
}

void check_failures(const protocols::ProtocolConfig& c, const JsonLocation& place) {
  using protocols::BroadcastKind, protocols::OnFailure;
  if (c.on_failure == OnFailure::wait && c.broadcast != BroadcastKind::star) {
    (place / "on_failure").fail("wait goes with broadcast star only");
  }
  const bool goes_on = c.on_failure == OnFailure::go_on;
  if (goes_on && c.broadcast == BroadcastKind::binomial) {
    (place / "on_failure")
        .fail(
            "go_on goes with broadcast star or none: where workers pass the model on, one that "
            "fails cuts others off");
  }
  if (goes_on && !c.timeout) {
    (place / "timeout").fail("expected a time above 0, since on_failure is go_on");
  }
  if (goes_on && c.timeout->value <= 0) {
    (place / "timeout").fail(fmt::format("must be above 0, got {}", c.timeout->value));
  }
  if (!goes_on && c.timeout) {
    (place / "timeout")
        .fail(fmt::format("goes with on_failure go_on only, got {}",
                          name_of(c.on_failure, protocols::on_failure_choices)));
  }
}

/// Of methods whose server selects or draws the workers that take part.
void check_participation(const Scenario& c, const JsonLocation& place) {
  const bool by_rule = algorithms::selects_workers(c.algorithm);
  const std::string_view rule =
      by_rule ? algorithms::ingredients_of(c.algorithm).send->name : "a participation below 1";
  const JsonLocation protocol = place / "protocol";
  if (c.protocol.broadcast == protocols::BroadcastKind::binomial) {
    (protocol / "broadcast")
        .fail(fmt::format("must be star or none with {}, got binomial, in which workers that do "
                          "not take part would have to pass the model on",
                          rule));
  }
  if (by_rule && c.protocol.on_failure == protocols::OnFailure::go_on) {
    (protocol / "on_failure")
        .fail(fmt::format("must be stop or wait with {}, whose server itself selects who takes "
                          "part, got go_on",
                          rule));
  }
  const bool is_known = c.model.name == learn::ModelKind::linear;
  if (!algorithms::needs_smoothness(c.algorithm) || is_known) return;
  const bool is_custom = c.algorithm.name == algorithms::custom_name;
  (place / "algorithm" / (is_custom ? "send" : "name"))
      .fail(fmt::format("{} expects model linear, whose smoothness constants are known; got {} "
                        "(send lasg_ps estimates them)",
                        rule, name_of(c.model.name, learn::model_choices)));
}

/// Whether this key of object "algorithm" is not at the method's default. Only custom methods have
/// all keys of ingredients.
bool departs_from_default(const algorithms::AlgorithmConfig& c, std::string_view key) {
  if (key == "compress") return algorithms::chooses_compressor(c);
  if (key == "memory") return algorithms::chooses_memory(c);
  if (key == "send" || key == "server_step") return c.name == algorithms::custom_name;
  if (key == "reduction") {
    algorithms::AlgorithmConfig plain = c;
    plain.reduction.reset();
    return algorithms::reduction_of(c) != algorithms::reduction_of(plain);
  }
  const auto parameters = algorithms::ingredients_of(c).parameters();
  const auto own = std::ranges::find(parameters, key, algorithms::key_of);
  const auto value = c.values.find(key);
  return own != parameters.end() && value != c.values.end() &&
         value->second != algorithms::default_of(c, *own);
}

void check_ingredients(const algorithms::AlgorithmConfig& c, const JsonLocation& place) {
  const algorithms::Incompatibility found = algorithms::first_incompatibility(c);
  if (found.reason.empty()) return;
  const auto key =
      std::ranges::find_if(found.keys, [&](auto one) { return departs_from_default(c, one); });
  (key != found.keys.end() ? place / *key : place).fail(found.reason);
}

/// What local steps need to know of the shards.
void check_local_steps(const Scenario& c, const JsonLocation& place) {
  const algorithms::LocalStepPlan plan = algorithms::local_step_plan(c.algorithm);
  if (plan.epochs > 0 && c.model.name == learn::ModelKind::external) {
    (place / "algorithm" / "local_epochs")
        .fail("does not apply to model external, whose shards are not known: expected local_steps");
  }
  const bool has_statistics_apart = c.model.batch_norm == learn::BatchNormStatistics::per_worker &&
                                    algorithms::averages_statistics(c.algorithm);
  if (has_statistics_apart) {
    (place / "algorithm" / "local_statistics")
        .fail("mean goes with model.batch_norm shared only, got per_worker");
  }
  const bool grouped = algorithms::ingredients_of(c.algorithm).update->is_grouped;
  if (grouped) {
    check_groups_of(c, algorithms::with_defaults(c.algorithm).get(algorithms::group_size_parameter),
                    place / "algorithm" / "group_size");
  }
  if (grouped && c.protocol.on_failure == protocols::OnFailure::go_on) {
    (place / "protocol" / "on_failure")
        .fail(fmt::format("must be stop or wait with {}, whose means are over whole groups, got "
                          "go_on",
                          c.algorithm.name));
  }
}

/// Only random_k's positions can be drawn by the receiver.
void check_index(const Scenario& c, const JsonLocation& place) {
  if (c.wire.index != algorithms::IndexCoding::seed) return;
  if (algorithms::shape_of(c.algorithm, one_entry_layout()).support_is_drawn) return;
  const std::string_view compressor = algorithms::ingredients_of(c.algorithm).compress->name;
  place.fail(fmt::format("seed goes with random_k only, whose positions both ends can draw; got {}",
                         compressor));
}

}  // namespace

void check(const Scenario& scenario, const JsonLocation& place) {
  check_gossip(scenario, place);
  check_asynchronous(scenario, place);
  check_ingredients(scenario.algorithm, place / "algorithm");
  const bool has_server = scenario.protocol.has_server();
  if (has_server) check_server_shards(scenario, place);
  if (has_server && selects_workers(scenario)) check_participation(scenario, place);
  check_local_steps(scenario, place);
  check_index(scenario, place / "wire" / "index");
  if (scenario.model.name == learn::ModelKind::external) check_external(scenario, place);
  if (scenario.draws == Draws::pytorch) check_pytorch_draws(scenario, place);
  if (scenario.dataset.partition.kind == learn::PartitionKind::by_source) {
    check_by_source(scenario, place / "dataset" / "partition" / "kind");
  }
  const bool needs_top5 =
      scenario.baseline && scenario.baseline->metric == BaselineMetric::test_top5_accuracy;
  if (needs_top5 && !scenario.top5) {
    (place / "baseline" / "metric").fail("test_top5_accuracy expects top5 to be true");
  }
  check_sizes(scenario, place / "dataset" / "partition" / "sizes");
  check_loss(scenario, place);
  if (scenario.baseline) check_baseline(scenario, place / "baseline");
  check_rate(scenario.learning_rate, scenario, place / "learning_rate");
  check_failures(scenario.protocol, place / "protocol");
  if (scenario.protocol.kind == protocols::ProtocolKind::all_reduce) {
    check_all_reduce(scenario, place);
  }
  check_sources(scenario, place / "model");
  check_model(scenario, place / "model");
  const bool own_watts = scenario.energy && scenario.energy != network::EnergyConfig{};
  if (own_watts && scenario.platform.kind == network::PlatformKind::file) {
    (place / "energy").fail("expected {}: a platform file says its own watts");
  }
  check_steps(scenario, place / "learning_rate" / "steps");
  switch (scenario.platform.kind) {
    case network::PlatformKind::star:
      check_overrides(scenario, place / "platform");
      break;
    case network::PlatformKind::file:
      check_file(scenario, place / "platform");
      break;
  }
  if (scenario.dataset.name == "synthetic") check_synthetic(scenario, place / "dataset");
  if (scenario.dataset.name == learn::file_dataset) {
    check_files(scenario.dataset.files, place / "dataset");
  }
}

}  // namespace gradwire::scenario
