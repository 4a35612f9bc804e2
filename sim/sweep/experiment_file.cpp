#include "sim/sweep/experiment_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "sim/core/error.hpp"
#include "sim/scenario/model_file.hpp"
#include "sim/scenario/scenario_json.hpp"
#include "sim/scenario/settings/value.hpp"
#include "sim/sweep/filter.hpp"
#include "sim/sweep/recordings.hpp"
#include "sim/sweep/sweep.hpp"

namespace gradwire::sweep {

namespace {

/// Expands a document into its runs.
class Expansion {
 public:
  Expansion(const Document& document, const std::vector<Axis>& axes,
            const std::vector<Recording>& recordings, std::filesystem::path folder)
      : document_(document), axes_(axes), recordings_(recordings), folder_(std::move(folder)) {
    for (std::size_t a = 0; a < axes.size(); ++a) {
      for (std::size_t p = 0; p < axes[a].paths.size(); ++p) columns_.push_back({a, p});
    }
    by_depth_ = columns_;
    // Set outer objects first, so that a swept value inside a swept object is set after it.
    std::ranges::stable_sort(by_depth_, {}, [this](const Column& column) {
      return std::ranges::count(path_of(column), '.');
    });
  }

  [[nodiscard]] std::size_t runs() const {
    return product_of(axes_) * std::max<std::size_t>(1, recordings_.size());
  }

  /// A run without its scenario: what is recorded and swept.
  [[nodiscard]] scenario::PlannedRun run_without_scenario(std::size_t number) const {
    scenario::PlannedRun run;
    if (!recordings_.empty()) {
      run.recorded = recording(number).run;
      run.axes = recording(number).axes;
    }
    const std::vector<std::size_t> steps = steps_of(axes_, number % product_of(axes_));
    for (const Column& column : columns_) add_axis(run, path_of(column), value_of(column, steps));
    return run;
  }

  /// Of a replay.
  [[nodiscard]] const Recording& recording(std::size_t number) const {
    return recordings_[number / product_of(axes_)];
  }

  /// Sets the scenario of run `number`. Throws InputError.
  void read_scenario(std::size_t number, scenario::PlannedRun& result) {
    const std::vector<std::size_t> steps = steps_of(axes_, number % product_of(axes_));
    scenario::Json merged = document_.json["base"];
    if (!recordings_.empty()) merged = replayed(recording(number));
    scenario::SourceMap source_map = document_.source_map;
    for (const Column& column : columns_) {
      if (recordings_.empty()) break;
      change_pattern(merged, pattern_in(path_of(column), value_of(column, steps)));
    }
    for (const Column& column : by_depth_) {
      const std::string& path = path_of(column);
      set_path(merged, path, value_of(column, steps), scenario::JsonLocation(source_map));
      source_map.moved.push_back(
          {pointer_of(path),
           fmt::format("/sweep/{}/{}/{}", axes_[column.axis].index, path, steps[column.axis]), ""});
    }
    if (!recordings_.empty())
      check_timing(*result.recorded, merged, scenario::JsonLocation(source_map));
    const scenario::JsonLocation place(source_map);
    result.scenario = scenario::read_scenario(merged, place);
    scenario::resolve_files(result.scenario, folder_, place, digests_);
    if (recordings_.empty()) scenario::resolve_model(result.scenario, folder_, place, digests_);
  }

 private:
  struct Column {
    std::size_t axis;
    std::size_t path;
  };

  [[nodiscard]] const std::string& path_of(const Column& column) const {
    return axes_[column.axis].paths[column.path];
  }
  [[nodiscard]] const scenario::Json& value_of(const Column& column,
                                               const std::vector<std::size_t>& steps) const {
    return axes_[column.axis].values[column.path][steps[column.axis]];
  }

  /// The recorded scenario with the changes of base.
  [[nodiscard]] scenario::Json replayed(const Recording& recording) const {
    scenario::Json scenario = recording.scenario;
    const scenario::Json base = document_.json["base"].value("protocol", scenario::Json());
    change_pattern(scenario, pattern_in("protocol", base));
    change_recorded(scenario, document_.json["base"]);
    return scenario;
  }

  /// protocol.kind as a setting at `path` changes it; null if it does not.
  static scenario::Json pattern_in(const std::string& path, const scenario::Json& value) {
    if (path == "protocol.kind") return value;
    const bool is_protocol = path == "protocol" && value.is_object();
    return is_protocol ? value.value("kind", scenario::Json()) : scenario::Json();
  }

  /// Throws InputError if a replay switches protocol.on_failure to go_on, where learning depends on
  /// timing.
  static void check_timing(const scenario::RecordedRun& recorded, const scenario::Json& scenario,
                           const scenario::JsonLocation& place) {
    if (!goes_on(scenario) || recorded.depends_on_timing()) return;
    (place / "protocol" / "on_failure")
        .fail(
            "go_on cannot be replayed: what is learned then depends on who is late. gradwire run "
            "learns it");
  }

  /// Appends an axis; it replaces the axis of the same path that was swept when the run was
  /// recorded.
  static void add_axis(scenario::PlannedRun& run, const std::string& path,
                       const scenario::Json& value) {
    std::erase_if(run.axes, [&](const auto& axis) { return axis.first == path; });
    run.axes.emplace_back(path, value);
  }

  const Document& document_;
  const std::vector<Axis>& axes_;
  const std::vector<Recording>& recordings_;  ///< empty: the runs learn
  std::filesystem::path folder_;
  std::vector<Column> columns_;   ///< in the order of the file
  std::vector<Column> by_depth_;  ///< outer objects first
  scenario::DigestCache digests_;
};

std::string name_of(const scenario::PlannedRun& run, std::size_t number) {
  std::vector<std::string> values;
  for (const auto& [path, value] : run.axes) values.push_back(path + "=" + scenario::shown(value));
  return fmt::format("{} ({})", number + 1, fmt::join(values, " "));
}

/// Throws InputError for two runs with the same settings, whose results would share a folder.
class UniqueIds {
 public:
  void add(scenario::PlannedRun& run, std::size_t number, const std::string& file) {
    run.id = scenario::run_id(run.scenario);
    const std::string name = name_of(run, number);
    const auto [first, is_new] = names_.emplace(run.id, name);
    if (is_new) return;
    throw InputError(file + ": /sweep",
                     fmt::format("runs {} and {} have the same settings", first->second, name));
  }

 private:
  std::map<std::string, std::string> names_;  ///< by run id
};

/// Recorded runs that cannot be replayed as wanted, while others can: a ring has no place for a
/// method whose server selects workers. What no recorded run accepts is an error of the input.
class Refusals {
 public:
  /// `step`: number of the combination of swept values.
  void add(std::size_t step, const Recording& recording, const InputError& error) {
    by_step_[step].push_back(fmt::format(
        "{} ({}): cannot be replayed: {}", recording.run.trace.parent_path().filename().string(),
        recording.scenario["algorithm"]["name"].get<std::string>(), error.what()));
    errors_[step].insert(error.what());
  }

  [[nodiscard]] const std::string& newest(std::size_t step) const {
    return by_step_.at(step).back();
  }

  /// Throws InputError if a step has been refused by all recordings.
  void require_acceptance(std::size_t recordings) const {
    for (const auto& [step, lines] : by_step_) {
      if (lines.size() < recordings) continue;
      const std::set<std::string>& errors = errors_.at(step);
      throw InputError("", errors.size() == 1 ? *errors.begin() : lines.front());
    }
  }

 private:
  std::map<std::size_t, std::vector<std::string>> by_step_;
  std::map<std::size_t, std::set<std::string>> errors_;
};

/// Base of relative paths: the folder of the file, or the folder of the original file (see
/// Plan::folder).
std::filesystem::path folder_of(const Document& document, const std::filesystem::path& file) {
  const scenario::Json noted =
      document.json.value("gradwire", scenario::Json::object()).value("folder", scenario::Json());
  return noted.is_string() ? std::filesystem::path(noted.get<std::string>())
                           : std::filesystem::absolute(file).parent_path().lexically_normal();
}

std::vector<Recording> recordings_of(const Document& document,
                                     const std::filesystem::path& folder) {
  std::vector<Recording> recordings;
  for (const std::string& results : document.replays) {
    const std::string where = document.source_map.file + ": /base/replay";
    for (Recording& recording : find_recordings((folder / results).lexically_normal(), where)) {
      recordings.push_back(std::move(recording));
    }
  }
  return recordings;
}

/// Appends the setting at this dotted path and, if its value is an object, all settings in it.
void add_paths(const std::string& path, const scenario::Json& value,
               std::vector<std::string>& paths) {
  paths.push_back(path);
  if (!value.is_object()) return;
  for (const auto& [key, member] : value.items()) add_paths(path + "." + key, member, paths);
}

std::vector<std::string> paths_of(const Axis& axis) {
  std::vector<std::string> paths;
  for (std::size_t p = 0; p < axis.paths.size(); ++p) {
    paths.push_back(axis.paths[p]);
    for (const scenario::Json& value : axis.values[p]) add_paths(axis.paths[p], value, paths);
  }
  return paths;
}

std::string pointer_to(std::string path) {
  std::ranges::replace(path, '.', '/');
  return "/" + path;
}

/// Throws InputError if a replay changes a setting that learning depends on.
void check_replay(const Document& document, const std::vector<Axis>& axes) {
  std::vector<std::string> paths;
  for (const auto& [key, value] : document.json["base"].items()) add_paths(key, value, paths);
  for (const std::string& path : paths) {
    require_replayable(path, document.source_map.where(pointer_to(path)));
  }
  for (const Axis& axis : axes) {
    for (const std::string& path : paths_of(axis)) {
      require_replayable(
          path, fmt::format("{}: /sweep/{}/{}", document.source_map.file, axis.index, path));
    }
  }
}

/// All axes that --filter can name, including those swept when the runs were recorded.
std::vector<Axis> filterable(std::vector<Axis> axes, const std::vector<Recording>& recordings) {
  std::vector<Axis> recorded;
  for (const Recording& recording : recordings) {
    recorded.resize(std::max(recorded.size(), recording.axes.size()));
    for (std::size_t i = 0; i < recording.axes.size(); ++i) {
      recorded[i].paths = {recording.axes[i].first};
      recorded[i].values.resize(1);
      recorded[i].values[0].push_back(recording.axes[i].second);
    }
  }
  axes.insert(axes.end(), recorded.begin(), recorded.end());
  return axes;
}

Plan expanded(Document document, const std::filesystem::path& folder,
              const std::vector<Recording>& recordings, const std::vector<std::string>& filters) {
  const std::vector<Axis> axes = read_sweep(document);
  if (!document.replays.empty()) check_replay(document, axes);
  const Filter filter(filters, filterable(axes, recordings));
  Plan plan;
  plan.file = document.source_map.file;
  plan.crossovers = read_crossovers(document, axes);
  plan.folder = folder;
  Expansion expansion(document, axes, recordings, plan.folder);
  UniqueIds identities;
  Refusals refusals;
  const bool relearns =
      document.json.value("gradwire", scenario::Json::object()).value("relearn", false);

  for (std::size_t number = 0; number < expansion.runs(); ++number) {
    scenario::PlannedRun run = expansion.run_without_scenario(number);
    try {
      expansion.read_scenario(number, run);
    } catch (const InputError& error) {
      if (recordings.empty()) throw;
      const std::size_t step = number % product_of(axes);
      refusals.add(step, expansion.recording(number), error);
      if (filter.keeps(run.axes)) plan.refused.push_back(refusals.newest(step));
      continue;
    }
    if (relearns && run.recorded && run.recorded->depends_on_timing()) run.recorded.reset();
    identities.add(run, number, document.source_map.file);
    if (filter.keeps(run.axes)) plan.runs.push_back(std::move(run));
  }
  refusals.require_acceptance(recordings.size());
  if (plan.runs.empty()) require_none_refused(plan);
  if (plan.runs.empty()) throw InputError("--filter", "no run is left");
  plan.name = document.json["name"].get<std::string>();
  plan.description = document.json.value("description", "");
  if (!document.replays.empty()) {
    document.json["base"]["replay"] = document.replays;
    scenario::Json paths = scenario::Json::array();
    for (const auto& [path, value] : recordings.front().axes) paths.push_back(path);
    if (!paths.empty()) document.json["gradwire"]["recorded_axes"] = paths;
  }
  plan.document = std::move(document.json);
  return plan;
}

/// "results/table2-mnist" -> "replay-of-table2-mnist".
std::string replay_name(const std::filesystem::path& results) {
  std::string name = std::filesystem::absolute(results).lexically_normal().filename().string();
  if (name.empty()) {
    name = std::filesystem::absolute(results).lexically_normal().parent_path().filename().string();
  }
  for (char& c : name) {
    const bool good =
        std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' || c == '-';
    if (!good) c = '_';
  }
  return "replay-of-" + name.substr(0, 80);
}

}  // namespace

Plan plan_experiment(const std::filesystem::path& file, const Overrides& selection) {
  Document document = read_document(file, selection.set);
  const std::filesystem::path folder = folder_of(document, file);
  const std::vector<Recording> recordings = recordings_of(document, folder);
  return expanded(std::move(document), folder, recordings, selection.filter);
}

Plan plan_replay(const std::vector<std::filesystem::path>& results, const Overrides& selection,
                 bool relearns) {
  Document document{.json = {{"name", replay_name(results.front())},
                             {"base", {{"replay", scenario::Json::array()}}}},
                    .source_map = {.file = "replay", .moved = {}},
                    .replays = {}};
  for (const auto& folder : results) {
    document.json["base"]["replay"].push_back(std::filesystem::absolute(folder).string());
  }
  if (relearns) document.json["gradwire"]["relearn"] = true;
  document = complete_document(std::move(document), selection.set);
  const std::filesystem::path here = std::filesystem::current_path();
  const std::vector<Recording> recordings = recordings_of(document, here);
  return expanded(std::move(document), here, recordings, selection.filter);
}

void require_replayable(const Plan& plan) {
  for (const scenario::PlannedRun& run : plan.runs) {
    if (plan.crossovers && run.scenario.protocol.depends_on_timing()) {
      throw InputError(plan.name + ": /crossovers",
                       "are found by replaying, and runs under protocol.on_failure go_on or "
                       "protocol.kind asynchronous cannot be replayed: what they learn depends on "
                       "who is late");
    }
    if (!run.recorded || !run.recorded->depends_on_timing()) continue;
    throw InputError(
        run.recorded->trace.parent_path().string(),
        fmt::format(
            "cannot be replayed: {}, so what was learned depended on who was late. gradwire "
            "replay --relearn, or gradwire run, learns it again",
            run.recorded->is_asynchronous ? "its server is asynchronous"
                                          : "it was recorded under protocol.on_failure go_on"));
  }
}

void require_none_refused(const Plan& plan) {
  if (!plan.refused.empty()) throw InputError("", plan.refused.front());
}

void check_experiment(const std::filesystem::path& file) {
  Document document = read_document(file, {});
  const std::filesystem::path folder = folder_of(document, file);
  std::vector<Recording> recordings;
  if (!document.replays.empty()) {
    recordings.push_back(
        {.scenario = scenario::to_json(scenario::Scenario{}), .axes = {}, .run = {}});
  }
  static_cast<void>(expanded(std::move(document), folder, recordings, {}));
}

std::string pointer_to(const Plan& plan, const scenario::PlannedRun& run, const std::string& path) {
  const auto swept = std::ranges::find(run.axes, path, [](const auto& axis) { return axis.first; });
  if (swept == run.axes.end()) {
    const std::size_t dot = path.rfind('.');
    if (dot == std::string::npos) return "/base" + pointer_of(path);
    return pointer_to(plan, run, path.substr(0, dot)) + pointer_of(path.substr(dot + 1));
  }
  const scenario::Json& sweep = plan.document["sweep"];
  for (std::size_t axis = 0; axis < sweep.size(); ++axis) {
    if (!sweep[axis].contains(path)) continue;
    const scenario::Json& values = sweep[axis][path];
    const auto step = std::ranges::find(values, swept->second) - values.begin();
    return fmt::format("/sweep/{}/{}/{}", axis, path, step);
  }
  return "/sweep";
}

}  // namespace gradwire::sweep
