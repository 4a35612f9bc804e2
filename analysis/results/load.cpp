#include "analysis/results/load.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <set>
#include <string_view>

#include "analysis/results/csv.hpp"
#include "sim/core/error.hpp"

namespace gradwire::analysis {
namespace {

namespace fs = std::filesystem;

/// The columns of runs.csv that come from summary.json; the others are settings.
constexpr std::array<std::string_view, 17> summary_columns{"status",
                                                           "iterations",
                                                           "rounds",
                                                           "skipped",
                                                           "uplink_payload_bits",
                                                           "uplink_wire_bytes",
                                                           "downlink_wire_bytes",
                                                           "simulated_seconds",
                                                           "uplink_seconds",
                                                           "downlink_seconds",
                                                           "compute_seconds",
                                                           "auxiliary_compute_seconds",
                                                           "server_state_bytes",
                                                           "worker_state_bytes",
                                                           "parameters",
                                                           "reduction",
                                                           "id"};
constexpr std::array<std::string_view, 7> baseline_columns{"baseline",
                                                           "baseline.iteration",
                                                           "baseline.rounds",
                                                           "baseline.uplink_payload_bits",
                                                           "baseline.uplink_wire_bytes",
                                                           "baseline.simulated_seconds",
                                                           "baseline.test_accuracy"};

bool is_summary(std::string_view column) {
  for (const std::string_view part : {"final", "wall", "environment"}) {
    if (column == part || column.starts_with(std::string(part) + ".")) return true;
  }
  return std::ranges::count(summary_columns, column) +
             std::ranges::count(baseline_columns, column) >
         0;
}

/// The texts among them.
std::vector<std::string> notes_of(const Json& summary) {
  std::vector<std::string> notes;
  if (!summary.contains("notes")) return notes;
  for (const Json& note : summary["notes"]) {
    if (note.is_string()) notes.push_back(note.get<std::string>());
  }
  return notes;
}

Run run_in(const fs::path& folder) {
  Run run;
  run.folder = folder;
  run.id = folder.filename().string();
  run.scenario = read_object(folder / "scenario.json");
  run.settings = flattened(run.scenario);
  Json summary = read_object(folder / "summary.json");
  run.notes = notes_of(summary);
  summary.erase("notes");
  run.summary = flattened(summary);
  run.summary["id"] = run.id;
  if (!run.summary.contains("status")) {
    throw InputError((folder / "summary.json").string(), "has no \"status\"; is it gradwire's?");
  }
  return run;
}

std::vector<Run> runs_in_csv(const fs::path& file) {
  Csv csv(read_text(file), file.string());
  const auto id = csv.column("id");
  if (!id || !csv.column("status")) {
    throw InputError(file.string(), "must have the columns id and status, as gradwire's runs.csv");
  }
  std::vector<Run> runs;
  while (csv.next()) {
    Run run;
    run.id = csv.cell(*id);
    for (std::size_t i = 0; i < csv.header().size(); ++i) {
      const std::string& name = csv.header()[i];
      if (is_summary(name)) {
        run.summary[name] = csv.cell(i);  // an empty cell says that there is no such number
      } else if (!csv.cell(i).empty()) {
        run.settings[name] = csv.cell(i);
      }
    }
    runs.push_back(std::move(run));
  }
  return runs;
}

/// The runs that an experiment's sweep makes, without its filter; 0 if the file does not say.
std::size_t planned_runs(const Json& experiment) {
  const Json program = experiment.value("gradwire", Json::object());
  if (!program.is_object() || !program.value("filter", Json::array()).empty()) return 0;
  std::size_t product = experiment.contains("base") ? 1 : 0;
  const Json sweep = experiment.value("sweep", Json::array());
  if (!sweep.is_array()) return 0;
  for (const Json& axis : sweep) {
    if (!axis.is_object() || axis.empty() || !axis.begin()->is_array()) return 0;
    product *= axis.begin()->size();
  }
  return product;
}

class Loader {
 public:
  void add_place(const fs::path& place) {
    if (!fs::exists(place)) throw InputError(place.string(), "there is no such results folder");
    if (!fs::is_directory(place)) return add_csv(place, "");
    if (fs::exists(place / "summary.json")) return add(run_in(place));
    if (!fs::is_directory(place / "runs") && !fs::exists(place / "runs.csv")) {
      throw InputError(place.string(), "is no results folder: it has neither runs/ nor runs.csv");
    }
    add_folder(place);
  }

  Results take() {
    if (results_.runs.empty()) {
      throw InputError("", "no complete run to report on" +
                               (results_.notes.empty() ? "" : ": " + results_.notes.front()));
    }
    return std::move(results_);
  }

 private:
  void add_folder(const fs::path& place) {
    const std::size_t before = results_.runs.size() + duplicates_;
    std::size_t unfinished = 0;
    if (fs::is_directory(place / "runs")) {
      std::vector<fs::path> folders;
      for (const auto& entry : fs::directory_iterator(place / "runs")) {
        if (entry.is_directory()) folders.push_back(entry.path());
      }
      std::ranges::sort(folders);
      for (const fs::path& folder : folders) {
        const bool partial = folder.filename().string().starts_with(".");
        if (!partial && fs::exists(folder / "summary.json")) {
          add(run_in(folder));
        } else {
          ++unfinished;
        }
      }
    }
    if (fs::exists(place / "runs.csv")) add_csv(place / "runs.csv", place.string());
    note_incomplete(place, results_.runs.size() + duplicates_ - before, unfinished);
    if (const fs::path file = place / "crossovers.csv"; fs::exists(file)) {
      std::ranges::move(read_crossovers(file), std::back_inserter(results_.crossovers));
    }
  }

  void add_csv(const fs::path& file, const std::string& of_folder) {
    std::size_t alone = 0;
    for (Run& run : runs_in_csv(file)) {
      if (!of_folder.empty() && ids_.contains(run.id)) continue;
      add(std::move(run));
      ++alone;
    }
    if (alone > 0) {
      results_.notes.push_back(fmt::format(
          "{}: {} run{} known from this file alone: no scenario, no curves, and settings that were "
          "not swept are unknown",
          file.string(), alone, alone == 1 ? " is" : "s are"));
    }
  }

  void note_incomplete(const fs::path& place, std::size_t complete, std::size_t unfinished) {
    if (unfinished > 0) {
      results_.notes.push_back(
          fmt::format("{}: {} run{} begun and not finished (no summary.json); left out",
                      place.string(), unfinished, unfinished == 1 ? " was" : "s were"));
    }
    if (const fs::path failed = place / "failed"; fs::is_directory(failed)) {
      const auto logs = std::distance(fs::directory_iterator(failed), fs::directory_iterator());
      if (logs > 0) {
        results_.notes.push_back(fmt::format("{}: {} run{} failed; left out, see {}",
                                             place.string(), logs, logs == 1 ? "" : "s",
                                             failed.string()));
      }
    }
    if (!fs::exists(place / "experiment.json")) return;
    const Json experiment = read_object(place / "experiment.json");
    name(experiment);
    const std::size_t planned = planned_runs(experiment);
    if (planned > complete) {
      results_.notes.push_back(
          fmt::format("{}: {} of {} runs are complete; the others are missing "
                      "from every number here",
                      place.string(), complete, planned));
    }
  }

  void name(const Json& experiment) {
    const auto text = [&](const char* key) {
      return experiment.contains(key) && experiment[key].is_string()
                 ? experiment[key].get<std::string>()
                 : std::string();
    };
    if (!text("name").empty() && std::ranges::count(results_.names, text("name")) == 0) {
      results_.names.push_back(text("name"));
      results_.descriptions.push_back(text("description"));
    }
  }

  /// Runs that agree in all settings are one run; a row of runs.csv does not say all.
  void add(Run run) {
    std::string key = run.scenario.is_null() ? "id " + run.id : Json(run.settings).dump();
    ids_.insert(run.id);
    const auto [known, is_new] = known_.emplace(std::move(key), results_.runs.size());
    if (is_new) {
      results_.runs.push_back(std::move(run));
      return;
    }
    ++duplicates_;
    const Run& first = results_.runs[known->second];
    if (contradict(first, run)) {
      throw InputError(run.folder.empty() ? run.id : run.folder.string(),
                       fmt::format("the same scenario has another result in {}; give only one",
                                   first.folder.empty() ? first.id : first.folder.string()));
    }
  }

  /// Whether two results of one scenario differ in what must be the same each time. One may say
  /// more than the other.
  static bool contradict(const Run& a, const Run& b) {
    return std::ranges::any_of(a.summary, [&](const auto& cell) {
      const auto& [name, value] = cell;
      if (name == "id" || name.starts_with("wall.") || name.starts_with("environment."))
        return false;
      const auto other = b.summary.find(name);
      return other != b.summary.end() && other->second != value;
    });
  }

  Results results_;
  std::map<std::string, std::size_t> known_;
  std::set<std::string> ids_;
  std::size_t duplicates_ = 0;
};

}  // namespace

Results load(const std::vector<fs::path>& places) {
  Loader loader;
  for (const fs::path& place : places) loader.add_place(place);
  return loader.take();
}

}  // namespace gradwire::analysis
