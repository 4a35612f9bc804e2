#include "sim/sweep/recordings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "sim/core/error.hpp"
#include "sim/core/file_kind.hpp"
#include "sim/results/results_folder.hpp"
#include "sim/results/summary_file.hpp"
#include "sim/scenario/declarations.hpp"
#include "sim/scenario/json/json_file.hpp"
#include "sim/scenario/platform_copy.hpp"
#include "sim/scenario/scenario_json.hpp"
#include "sim/scenario/settings/value.hpp"
#include "sim/sweep/document.hpp"

namespace gradwire::sweep {
namespace {

namespace fs = std::filesystem;

/// Removes the factors that equal the defaults of the recorded network model. A recorded scenario
/// names every factor; the defaults must not carry over to another model.
void forget_default_factors(scenario::Json& scenario) {
  scenario::Json plain = scenario::Json::object();
  plain["network_model"] = scenario.value("network_model", "CM02");
  const scenario::Json own =
      scenario::to_json(scenario::read_scenario(plain, ""))["network_factors"];
  scenario::Json& factors = scenario["network_factors"];
  for (const auto& [key, value] : own.items()) {
    if (factors.contains(key) && factors[key] == value) factors.erase(key);
  }
}

void require_setting(const std::string& path, const std::string& where) {
  if (scenario::find_declaration(path) == nullptr)
    throw InputError(where, unknown_path(path, scenario::known_paths()));
}

/// Appends the settings of gradwire.recorded_axes of an experiment.json.
void add_noted_paths(const scenario::Json& noted, const std::string& where,
                     std::vector<std::string>& paths) {
  if (!noted.is_array()) throw InputError(where, "must be a list, got " + scenario::shown(noted));
  for (const scenario::Json& path : noted) {
    if (!path.is_string())
      throw InputError(where, "must be a list of settings, got " + scenario::shown(noted));
    require_setting(path.get<std::string>(), where);
    paths.push_back(path.get<std::string>());
  }
}

/// Dotted paths swept by the experiment.json of a results folder, preceded by those of the
/// recordings that it replayed.
std::vector<std::string> swept_paths(const fs::path& results) {
  std::vector<std::string> paths;
  const fs::path file = results / "experiment.json";
  if (!is_file(file)) return paths;
  const scenario::Json document = read_experiment_as_run(file);
  if (document["gradwire"].contains("recorded_axes")) {
    add_noted_paths(document["gradwire"]["recorded_axes"],
                    file.string() + ": /gradwire/recorded_axes", paths);
  }
  const std::string where = file.string() + ": /sweep";
  const scenario::Json sweep = document.value("sweep", scenario::Json::array());
  if (!sweep.is_array()) throw InputError(where, "must be a list, got " + scenario::shown(sweep));
  for (std::size_t i = 0; i < sweep.size(); ++i) {
    const std::string axis = fmt::format("{}/{}", where, i);
    if (!sweep[i].is_object())
      throw InputError(axis, "must be an object, got " + scenario::shown(sweep[i]));
    for (const auto& [path, values] : sweep[i].items()) {
      require_setting(path, axis);
      paths.push_back(path);
    }
  }
  return paths;
}

bool has(const scenario::Json& scenario, const char* pointer, const scenario::Json& value) {
  const scenario::Json::json_pointer setting(pointer);
  return scenario.contains(setting) && scenario[setting] == value;
}

/// Uses the copy of the platform file in the run's folder if the original file has changed.
void find_platform(scenario::Json& scenario, const fs::path& folder, scenario::DigestCache& cache) {
  const scenario::Json::json_pointer path("/platform/path"), digest("/platform/digest");
  if (!scenario.contains(path) || !scenario.contains(digest)) return;
  scenario[path] = scenario::with_digest(scenario[path].get<std::string>(), fs::absolute(folder),
                                         scenario[digest].get<std::string>(), cache)
                       .string();
}

/// Reads a scenario.json; errors are reported at this file.
scenario::Json recorded_scenario(const fs::path& file) {
  scenario::Json scenario = scenario::read_json_file(file);
  scenario::fill_in_later_settings(scenario);
  static_cast<void>(scenario::read_scenario(scenario, file.string()));
  return scenario;
}

Recording read_recording(const fs::path& folder, const std::vector<std::string>& paths,
                         scenario::DigestCache& cache) {
  if (!is_file(folder / results::trace_file)) {
    throw InputError(folder.string(),
                     fmt::format("has no {}: recorded by an older gradwire? Run it again with "
                                 "--fresh",
                                 results::trace_file));
  }
  Recording recording{.scenario = recorded_scenario(folder / "scenario.json"),
                      .axes = {},
                      .run = {.trace = fs::absolute(folder / results::trace_file)}};
  const scenario::Json summary = results::read_summary(folder / "summary.json");
  recording.run.goes_on = goes_on(recording.scenario);
  recording.run.is_asynchronous = is_asynchronous(recording.scenario);
  recording.run.stops = has(recording.scenario, "/baseline/stop", true);
  recording.run.threads =
      summary.value("environment", scenario::Json::object()).value("threads", 1);
  for (const std::string& path : paths) {
    const scenario::Json::json_pointer pointer(pointer_of(path));
    recording.axes.emplace_back(path, recording.scenario.contains(pointer)
                                          ? recording.scenario[pointer]
                                          : scenario::Json());
  }
  find_platform(recording.scenario, folder, cache);
  recording.scenario["protocol"].emplace("kind", "parameter_server");  // not in older recordings
  forget_default_factors(recording.scenario);
  return recording;
}

/// Names of the complete runs: first those of runs.csv in its order, then the others.
std::vector<std::string> runs_in_order(const fs::path& results) {
  std::set<std::string> found;
  for (const auto& entry : fs::directory_iterator(results / "runs")) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(".") && is_file(entry.path() / "summary.json")) {
      found.insert(name);
    }
  }
  std::vector<std::string> names;
  std::ifstream index;
  if (is_file(results / "runs.csv")) index.open(results / "runs.csv");
  for (std::string line; std::getline(index, line);) {
    const std::string name = line.substr(0, line.find(','));
    if (found.erase(name) == 1) names.push_back(name);
  }
  names.insert(names.end(), found.begin(), found.end());
  return names;
}

/// The member that identifies the variant of an object; null without one.
scenario::Json variant_of(const scenario::Json& object) {
  for (const char* key : {"name", "kind"}) {
    if (object.contains(key)) return object[key];
  }
  return {};
}

}  // namespace

scenario::Json read_experiment_as_run(const fs::path& file) {
  scenario::Json document = scenario::read_json_file(file);
  const auto require_object = [&](const scenario::Json& json, const std::string& pointer) {
    if (json.is_object()) return;
    throw InputError(file.string() + pointer, "must be an object, got " + scenario::shown(json));
  };
  require_object(document, "");
  for (const std::string key : {"gradwire", "base"}) {
    if (!document.contains(key)) document[key] = scenario::Json::object();
    require_object(document[key], ": /" + key);
  }
  return document;
}

bool is_replay_or_synthetic(const fs::path& run) {
  const fs::path file = run.parent_path().parent_path() / "experiment.json";
  if (!is_file(file)) return false;
  const scenario::Json document = read_experiment_as_run(file);
  return document["base"].contains("replay") ||
         document["gradwire"].value("synthetic", scenario::Json()) == true;
}

bool goes_on(const scenario::Json& scenario) {
  return has(scenario, "/protocol/on_failure", "go_on");
}

bool is_asynchronous(const scenario::Json& scenario) {
  return has(scenario, "/protocol/kind", "asynchronous");
}

std::vector<Recording> find_recordings(const fs::path& results, const std::string& where) {
  scenario::DigestCache cache;
  if (is_file(results / "scenario.json")) {
    return {read_recording(results, swept_paths(results.parent_path().parent_path()), cache)};
  }
  if (!fs::is_directory(results / "runs")) {
    throw InputError(where, fmt::format("{} is no results folder: it has no runs/. gradwire run "
                                        "makes one",
                                        results.string()));
  }
  const std::vector<std::string> paths = swept_paths(results);
  std::vector<Recording> recordings;
  for (const std::string& name : runs_in_order(results)) {
    recordings.push_back(read_recording(results / "runs" / name, paths, cache));
  }
  if (recordings.empty()) {
    throw InputError(where, fmt::format("{} has no complete run", results.string()));
  }
  return recordings;
}

void change_pattern(scenario::Json& scenario, const scenario::Json& kind) {
  scenario::Json& protocol = scenario["protocol"];
  if (!protocol.is_object() || kind.is_null() || protocol.value("kind", scenario::Json()) == kind) {
    return;
  }
  scenario::Json changed = {{"kind", kind}};
  if (protocol.contains("skip_flag_bytes"))
    changed["skip_flag_bytes"] = protocol["skip_flag_bytes"];
  protocol = std::move(changed);
  if (kind != "parameter_server" && scenario["platform"].is_object()) {
    scenario["platform"].erase("server");
  }
}

void change_recorded(scenario::Json& scenario, const scenario::Json& changes) {
  for (const auto& [key, value] : changes.items()) {
    scenario::Json& recorded = scenario[key];
    const bool both = value.is_object() && recorded.is_object();
    const scenario::Json variant = both ? variant_of(value) : scenario::Json();
    if (!both || (!variant.is_null() && variant != variant_of(recorded))) {
      recorded = value;
      continue;
    }
    if (value.contains("path")) recorded.erase("digest");  // the digest of the previous file
    change_recorded(recorded, value);
  }
}

void require_replayable(const std::string& path, const std::string& where) {
  if (scenario::is_replayable(path)) return;
  throw InputError(where,
                   fmt::format("cannot change in a replay: what was learned depends on it. A "
                               "replay may change {}, but not {}",
                               fmt::join(scenario::replayable_settings, ", "),
                               fmt::join(scenario::learned_settings, ", ")));
}

}  // namespace gradwire::sweep
