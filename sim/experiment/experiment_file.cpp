#include "sim/experiment/experiment_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "sim/core/error.hpp"
#include "sim/experiment/filter.hpp"
#include "sim/experiment/scenario_json.hpp"
#include "sim/experiment/sweep.hpp"
#include "sim/experiment/value.hpp"

namespace gradwire::experiment {

namespace {

/// Makes the runs of a document, one by one.
class Expansion {
 public:
  Expansion(const Document& document, const std::vector<Axis>& axes, std::filesystem::path folder)
      : document_(document), axes_(axes), folder_(std::move(folder)) {
    for (std::size_t a = 0; a < axes.size(); ++a) {
      for (std::size_t p = 0; p < axes[a].paths.size(); ++p) columns_.push_back({a, p});
    }
    by_depth_ = columns_;
    // A value inside an object that is swept too goes in after it.
    std::ranges::stable_sort(by_depth_, {}, [this](const Column& column) {
      return std::ranges::count(path_of(column), '.');
    });
  }

  PlannedRun run(std::size_t number) {
    const std::vector<std::size_t> steps = steps_of(axes_, number);
    Json merged = document_.json["base"];
    Origins origins = document_.origins;
    for (const Column& column : by_depth_) {
      const std::string& path = path_of(column);
      set_path(merged, path, value_of(column, steps), Place(origins));
      origins.moved.push_back(
          {pointer_of(path),
           fmt::format("/sweep/{}/{}/{}", axes_[column.axis].index, path, steps[column.axis]), ""});
    }
    PlannedRun result;
    result.scenario = read_scenario(merged, Place(origins));
    resolve_platform(result.scenario, folder_, Place(origins), digests_);
    for (const Column& column : columns_) {
      result.axes.emplace_back(path_of(column), value_of(column, steps));
    }
    return result;
  }

 private:
  struct Column {
    std::size_t axis;
    std::size_t path;
  };

  [[nodiscard]] const std::string& path_of(const Column& column) const {
    return axes_[column.axis].paths[column.path];
  }
  [[nodiscard]] const Json& value_of(const Column& column,
                                     const std::vector<std::size_t>& steps) const {
    return axes_[column.axis].values[column.path][steps[column.axis]];
  }

  const Document& document_;
  const std::vector<Axis>& axes_;
  std::filesystem::path folder_;
  std::vector<Column> columns_;   ///< in the file's order
  std::vector<Column> by_depth_;  ///< outer objects first
  DigestCache digests_;
};

std::string name_of(const PlannedRun& run, std::size_t number) {
  std::vector<std::string> values;
  for (const auto& [path, value] : run.axes) values.push_back(path + "=" + shown(value));
  return fmt::format("{} ({})", number + 1, fmt::join(values, " "));
}

/// Refuses runs that are the same: they would share a folder.
class Identities {
 public:
  void add(PlannedRun& run, std::size_t number, const std::string& file) {
    run.id = run_id(run.scenario);
    const std::string name = name_of(run, number);
    const auto [first, is_new] = names_.emplace(run.id, name);
    if (is_new) return;
    throw InputError(file + ": /sweep",
                     fmt::format("runs {} and {} have the same settings", first->second, name));
  }

 private:
  std::map<std::string, std::string> names_;  ///< by id
};

/// Where relative paths begin: beside the file, or where its original lay (see Plan::folder).
std::filesystem::path folder_of(const Document& document, const std::filesystem::path& file) {
  const Json noted = document.json.value("gradwire", Json::object()).value("folder", Json());
  return noted.is_string() ? std::filesystem::path(noted.get<std::string>())
                           : std::filesystem::absolute(file).parent_path().lexically_normal();
}

}  // namespace

Plan plan_experiment(const std::filesystem::path& file, const Selection& selection) {
  Document document = read_document(file, selection.set);
  const std::vector<Axis> axes = read_sweep(document);
  const Filter filter(selection.filter, axes);
  Plan plan;
  plan.folder = folder_of(document, file);
  Expansion expansion(document, axes, plan.folder);
  Identities identities;

  for (std::size_t number = 0; number < product_of(axes); ++number) {
    PlannedRun run = expansion.run(number);
    identities.add(run, number, document.origins.file);
    if (filter.keeps(run.axes)) plan.runs.push_back(std::move(run));
  }
  if (plan.runs.empty()) throw InputError("--filter", "no run is left");
  plan.name = document.json["name"].get<std::string>();
  plan.description = document.json.value("description", "");
  plan.document = std::move(document.json);
  return plan;
}

std::string pointer_to(const Plan& plan, const PlannedRun& run, const std::string& path) {
  const auto swept = std::ranges::find(run.axes, path, [](const auto& axis) { return axis.first; });
  if (swept == run.axes.end()) return "/base" + pointer_of(path);
  const Json& sweep = plan.document["sweep"];
  for (std::size_t axis = 0; axis < sweep.size(); ++axis) {
    if (!sweep[axis].contains(path)) continue;
    const Json& values = sweep[axis][path];
    const auto step = std::ranges::find(values, swept->second) - values.begin();
    return fmt::format("/sweep/{}/{}/{}", axis, path, step);
  }
  return "/sweep";
}

}  // namespace gradwire::experiment
