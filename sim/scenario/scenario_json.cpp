#include "sim/scenario/scenario_json.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "sim/algorithms/methods.hpp"
#include "sim/core/error.hpp"
#include "sim/network/platforms/host_ranges.hpp"
#include "sim/scenario/cost_of.hpp"
#include "sim/scenario/digest.hpp"
#include "sim/scenario/gossip_graph.hpp"
#include "sim/scenario/json/json_file.hpp"
#include "sim/scenario/model_command.hpp"
#include "sim/scenario/platform_copy.hpp"
#include "sim/scenario/settings.hpp"
#include "sim/scenario/settings/json_reader.hpp"
#include "sim/scenario/settings/json_writer.hpp"
#include "sim/scenario/validate.hpp"

namespace gradwire::scenario {

namespace {

/// Settings added after 0.1, each with the value that reproduces the old behaviour; omitted from
/// the hash at that value, so that old run ids stay valid.
const std::pair<const char*, nlohmann::json> later_settings[] = {
    {"/protocol/kind", "parameter_server"},
    {"/protocol/broadcast", "star"},
    {"/protocol/on_failure", "stop"},
    {"/protocol/timeout", nullptr},
    {"/protocol/topology/schedule", "fixed"},
    {"/protocol/server_shards", 1},
    {"/platform/server_bandwidth", nullptr},
    {"/platform/servers", nlohmann::json::array()},
    {"/draws", "named"},
    {"/model/initial", "default"},
    {"/model/initial_digest", ""},
    {"/model/gradient", "kernels"},
    {"/top5", false},
    {"/device", "cpu"},
    {"/energy", nullptr},
    {"/compute/server_seconds_per_iteration", 0.0},
    {"/compute/server_seconds_per_upload", 0.0},
    {"/compute/selection_seconds_per_entry", 0.0},
    {"/compute/encoding_seconds_per_value", 0.0},
    {"/compute/decoding_seconds_per_value", 0.0},
    {"/compute/adding_seconds_per_value", 0.0},
    {"/compute/local_step_seconds_per_entry", 0.0},
    {"/algorithm/participation", 1},
    {"/algorithm/local_steps", 1},
    {"/algorithm/local_epochs", 0},
    {"/algorithm/local_begin", "start"},
    {"/algorithm/offer", "difference"},
    {"/algorithm/global_rate", 1},
    {"/algorithm/proximal", 0},
    {"/algorithm/local_momentum", 0},
    {"/algorithm/local_nesterov", false},
    {"/algorithm/control_variates", false},
    {"/algorithm/local_statistics", "sequential"},
    {"/algorithm/gamma", "inside"},
    {"/algorithm/momentum", 0},
    {"/algorithm/nesterov", false},
    {"/algorithm/dampening", 0},
    {"/algorithm/weight_decay", 0},
    {"/algorithm/momentum_at", "server"},
    {"/algorithm/kept_values", "exact"},
    {"/algorithm/positions", "own"},
    {"/algorithm/downlink", "model"},
    {"/algorithm/contraction", false},
    {"/wire/levels", "fixed"},
    {"/wire/values", "float32"},
    {"/loss", {{"name", "cross_entropy"}, {"over", "mean"}, {"l2", 0}, {"nonconvex", 0}}},
    {"/learning_rate/factor", 1},
    {"/learning_rate/schedule", "steps"},
    {"/learning_rate/warm_up_epochs", 0}};

void leave_out_later_settings(nlohmann::json& canonical) {
  for (const auto& [path, before] : later_settings) {
    const nlohmann::json::json_pointer pointer(path);
    if (!canonical.contains(pointer) || canonical[pointer] != before) continue;
    canonical[pointer.parent_pointer()].erase(pointer.back());
  }
}

/// Whether the scenario was written by gradwire: it has settings that users do not write by hand.
bool is_resolved(const Json& scenario) {
  return scenario.is_object() &&
         scenario.contains(Json::json_pointer("/compute/reference_speed")) &&
         scenario.contains(Json::json_pointer("/network_factors/tcp_gamma"));
}

/// Sorted by key (as nlohmann::json does), so that the order of declaration does not matter.
nlohmann::json canonical_json(const Scenario& scenario) {
  auto canonical = nlohmann::json::parse(to_json(scenario).dump());
  leave_out_later_settings(canonical);
  if (!scenario.platform.digest.empty()) canonical["platform"].erase("path");
  if (!scenario.protocol.topology.edges.empty()) canonical["protocol"]["topology"].erase("path");
  if (scenario.protocol.kind == protocols::ProtocolKind::gossip &&
      scenario.protocol.topology.kind == algorithms::TopologyKind::exponential &&
      scenario.protocol.topology.schedule == algorithms::TopologySchedule::fixed) {
    canonical["protocol"]["topology"]["schedule"] = "fixed";  // had the setting from the start
  }
  nlohmann::json& model = canonical["model"];
  for (const char* key : {"folder", "timeout"}) model.erase(key);  // of external ones
  const bool starts_by_default = scenario.model.initial.file.empty() &&
                                 scenario.model.initial.kind == learn::InitialParameters::default_;
  if (scenario.model.name == learn::ModelKind::linear && starts_by_default) {
    model["initial"] = "default";  // had the setting from the start
  }
  if (!scenario.model.initial.digest.empty()) model.erase("initial");
  if (!scenario.model.digest.empty()) canonical["model"].erase("file");
  if (!scenario.model.layers.empty()) {  // wherever they come from
    canonical["model"].erase("file");
    canonical["model"].erase("digest");
  }
  for (const char* key : {"folder", "digest"}) canonical["dataset"].erase(key);  // D40
  canonical["results_version"] = results_version;
  return canonical;
}

/// Expands host ranges ("node-[0-99]") to names.
void expand_host_ranges(std::vector<std::string>& hosts, const JsonLocation& place) {
  constexpr std::size_t most = 1'000'000;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    try {
      const auto expanded = network::expand_hosts(hosts[i], most);
      names.insert(names.end(), expanded.begin(), expanded.end());
    } catch (const InputError& error) {
      (place / i).fail(error.what());
    }
  }
  hosts = std::move(names);
}

/// The command of an external model reads its own data.
void check_owner_of_data(const Json& json, const Scenario& scenario, const JsonLocation& place) {
  const bool is_external = scenario.model.name == learn::ModelKind::external;
  const bool has_external_data = scenario.dataset.name == learn::external_data;
  if (is_external && json.contains("dataset") && !has_external_data) {
    (place / "dataset").fail("does not apply to model external, whose command reads its own data");
  }
  if (!is_external && has_external_data) {
    (place / "dataset" / "name").fail("external goes with model external only");
  }
}

/// Fills in what depends on other settings.
void resolve(Scenario& scenario) {
  if (scenario.model.name == learn::ModelKind::external) {
    scenario.dataset = {};
    scenario.dataset.name = learn::external_data;
  }
  scenario.network.factors = network::resolved_factors(scenario.network);
  scenario.algorithm = algorithms::with_defaults(std::move(scenario.algorithm));
  scenario.compute = with_coding_costs(scenario.compute, scenario.algorithm);
}

}  // namespace

Json to_json(const Scenario& scenario) {
  Scenario resolved = scenario;
  resolve(resolved);
  return write_object([&](SettingVisitor& in) { describe(in, resolved); });
}

Scenario read_scenario(const Json& json, const JsonLocation& place) {
  Scenario scenario;
  read_object(json, place, [&](SettingVisitor& in) { describe(in, scenario); });
  check_owner_of_data(json, scenario, place);
  resolve(scenario);
  expand_host_ranges(scenario.platform.workers, place / "platform" / "workers");
  expand_host_ranges(scenario.platform.servers, place / "platform" / "servers");
  check(scenario, place);
  return scenario;
}

Scenario read_scenario(const Json& json, const std::string& where) {
  const SourceMap source_map{.file = where, .moved = {}};
  return read_scenario(json, JsonLocation(source_map));
}

namespace {

/// Whether there is an object or nothing at the pointer, which may lead through what is no object.
bool may_be_object(const Json& json, const Json::json_pointer& pointer) {
  if (!pointer.empty() && !may_be_object(json, pointer.parent_pointer())) return false;
  return !json.contains(pointer) || json.at(pointer).is_object();
}

}  // namespace

void fill_in_later_settings(Json& scenario) {
  if (!is_resolved(scenario)) return;
  static const Json defaults = to_json(Scenario{});
  for (const auto& [path, before] : later_settings) {
    const Json::json_pointer pointer(path);
    const bool differs = defaults.contains(pointer) && defaults.at(pointer) != Json(before);
    if (!may_be_object(scenario, pointer.parent_pointer())) continue;  // refused by the reader
    if (differs && !scenario.contains(pointer)) scenario[pointer] = before;
  }
}

void forget_later_settings(const Json& older, Json& scenario) {
  for (const auto& [path, before] : later_settings) {
    const Json::json_pointer pointer(path);
    const bool is_old = scenario.contains(pointer) && nlohmann::json(scenario.at(pointer)) ==
                                                          before;  // whatever the order of keys
    if (is_old && !older.contains(pointer))
      scenario[pointer.parent_pointer()].erase(pointer.back());
  }
}

namespace {

void resolve_platform(Scenario& scenario, const std::filesystem::path& folder,
                      const JsonLocation& place, DigestCache& cache) {
  network::PlatformConfig& platform = scenario.platform;
  if (platform.kind != network::PlatformKind::file) return;
  auto path = std::filesystem::absolute(folder / platform.path).lexically_normal();
  if (!platform.digest.empty()) {
    path = with_digest(path, folder, platform.digest, cache);
  }
  const std::string& digest = cache.of(
      path.string(), [&] { return digest_of_platform(path, place / "platform" / "path"); });
  if (!platform.digest.empty() && platform.digest != digest) {
    (place / "platform" / "digest")
        .fail("must be " + digest + ", the digest of " + path.string() + ", got " +
              platform.digest);
  }
  platform.path = path.string();
  platform.digest = digest;
}

void resolve_topology(Scenario& scenario, const std::filesystem::path& folder,
                      const JsonLocation& place) {
  algorithms::TopologyConfig& topology = scenario.protocol.topology;
  if (scenario.protocol.kind != protocols::ProtocolKind::gossip) return;
  const JsonLocation at = place / "protocol" / "topology";
  const bool is_file = topology.kind == algorithms::TopologyKind::file;
  if (is_file && topology.edges.empty()) {
    read_edges(topology, folder, scenario.workers, at / "path");
  }
  static_cast<void>(mixing_schedule_of(scenario, at));
}

void resolve_data(Scenario& scenario, const std::filesystem::path& folder) {
  if (scenario.dataset.name != learn::file_dataset) return;
  std::string& data = scenario.dataset.files.folder;
  const auto below = data.empty() ? folder : folder / data;
  data = std::filesystem::absolute(below).lexically_normal().string();
}

}  // namespace

void resolve_files(Scenario& scenario, const std::filesystem::path& folder,
                   const JsonLocation& place, DigestCache& cache) {
  resolve_platform(scenario, folder, place, cache);
  resolve_command(scenario, folder, place, cache);
  resolve_topology(scenario, folder, place);
  resolve_data(scenario, folder);
}

Scenario load_scenario(const std::filesystem::path& file) {
  const SourceMap source_map{.file = file.string(), .moved = {}};
  const JsonLocation place(source_map);
  Json json = read_json_file(file);
  fill_in_later_settings(json);
  Scenario scenario = read_scenario(json, place);
  DigestCache cache;
  resolve_files(scenario, file.parent_path(), place, cache);
  return scenario;
}

std::string scenario_hash(const Scenario& scenario) {
  return digest_of(canonical_json(scenario).dump());
}

namespace {

/// Of a dotted path.
nlohmann::json::json_pointer pointer_to(std::string_view path) {
  std::string pointer = "/" + std::string(path);
  std::ranges::replace(pointer, '.', '/');
  return nlohmann::json::json_pointer(pointer);
}

}  // namespace

bool is_replayable(std::string_view path) {
  const auto has_it = [path](std::string_view learned) {
    return path == learned || path.starts_with(std::string(learned) + ".");
  };
  if (std::ranges::any_of(learned_settings, has_it)) return false;
  const std::string_view top = path.substr(0, path.find('.'));
  return std::ranges::find(replayable_settings, top) != std::end(replayable_settings);
}

std::string learning_digest(const Scenario& scenario) {
  auto canonical = canonical_json(scenario);
  if (scenario.protocol.depends_on_timing()) return digest_of(canonical.dump());
  auto learned = nlohmann::json::object();
  for (const std::string_view path : learned_settings) {
    const auto pointer = pointer_to(path);
    if (canonical.contains(pointer)) learned[pointer] = canonical[pointer];
  }
  for (const std::string_view key : replayable_settings) canonical.erase(std::string(key));
  canonical.update(learned);
  return digest_of(canonical.dump());
}

std::string run_id(const Scenario& scenario) {
  return scenario.algorithm.name + "-" + scenario_hash(scenario).substr(0, 12);
}

}  // namespace gradwire::scenario
