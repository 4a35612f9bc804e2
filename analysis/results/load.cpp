#include "analysis/results/load.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "analysis/results/run_folder.hpp"
#include "analysis/results/runs_csv.hpp"
#include "sim/core/error.hpp"

namespace gradwire::analysis {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_ids_named = 5;

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

/// Paths of the entries of a folder, sorted. Throws InputError if it cannot be read.
std::vector<fs::path> entries_of(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> entries;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    entries.push_back(at->path());
  }
  if (error) {
    throw InputError(folder.string(), fmt::format("cannot be read: {}", error.message()));
  }
  std::ranges::sort(entries);
  return entries;
}

std::string place_of(const Run& run) { return run.folder.empty() ? run.id : run.folder.string(); }

/// "a, b and 3 more".
std::string listed(const std::vector<std::string>& ids) {
  const std::vector<std::string> named(
      ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(std::min(ids.size(), most_ids_named)));
  const std::size_t more = ids.size() - named.size();
  return fmt::format("{}{}", fmt::join(named, ", "),
                     more > 0 ? fmt::format(" and {} more", more) : "");
}

/// Number of runs in an experiment's sweep; 0 if the file does not determine it or a filter was
/// used.
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

/// Settings in which all runs of a method agree, by the method's name.
std::map<std::string, Flat> settings_of_methods(std::span<const Run> runs) {
  std::map<std::string, Flat> methods;
  for (const Run& run : runs) {
    const auto [known, is_new] = methods.emplace(std::string(run.algorithm()), run.settings);
    if (is_new) continue;
    std::erase_if(known->second, [&](const auto& setting) {
      const auto here = run.settings.find(setting.first);
      return here == run.settings.end() || here->second != setting.second;
    });
  }
  return methods;
}

class Loader {
 public:
  void add_place(const fs::path& place) {
    if (!is_there(place)) throw InputError(place.string(), "there is no such results folder");
    if (!is_folder(place)) return add_csv(place);
    if (is_there(place / "summary.json")) return add_run_folder(place);
    if (!is_folder(place / "runs") && !is_there(place / "runs.csv")) {
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
  /// Calls `read` and turns an InputError into a note: the other files can still be reported.
  template <class Read>
  void noting_errors(Read read) {
    try {
      read();
    } catch (const InputError& error) {
      results_.notes.push_back(fmt::format("{}; left out", error.what()));
    }
  }

  void add_run_folder(const fs::path& folder) {
    std::optional<Run> run;
    noting_errors([&] { run = read_run_folder(folder); });
    if (!run) return;
    with_folder_.insert(run->id);
    add(std::move(*run));
  }

  void add_folder(const fs::path& place) {
    const std::size_t runs_before = results_.runs.size();
    const std::size_t before = runs_before + duplicates_;
    std::vector<Run> rows;
    if (is_there(place / "runs.csv")) {
      noting_errors([&] { rows = read_runs_csv(place / "runs.csv", results_.notes); });
    }
    std::set<std::string> listed;
    for (const Run& row : rows) listed.insert(row.id);
    in_tables_.insert(listed.begin(), listed.end());
    std::vector<fs::path> entries;
    if (is_folder(place / "runs")) noting_errors([&] { entries = entries_of(place / "runs"); });
    std::set<std::string> damaged;
    const std::size_t unfinished = add_run_folders(entries, damaged);
    if (!rows.empty()) note_unlisted(place, runs_before, listed);
    std::erase_if(rows, [&](const Run& row) {
      return with_folder_.contains(row.id) || damaged.contains(row.id);
    });
    add_rows(place, std::move(rows), runs_before);
    note_incomplete(place, results_.runs.size() + duplicates_ - before, unfinished);
    if (const fs::path file = place / "crossovers.csv"; is_there(file)) {
      noting_errors([&] {
        std::ranges::move(read_crossovers(file, results_.notes),
                          std::back_inserter(results_.crossovers));
      });
    }
  }

  /// Returns the number of runs that were begun and not finished; adds the names of those that
  /// cannot be read to `damaged`.
  std::size_t add_run_folders(const std::vector<fs::path>& folders,
                              std::set<std::string>& damaged) {
    std::size_t unfinished = 0;
    for (const fs::path& folder : folders) {
      if (!is_folder(folder)) continue;
      const std::string name = folder.filename().string();
      if (name.starts_with(".") || !is_there(folder / "summary.json")) {
        ++unfinished;
        continue;
      }
      add_run_folder(folder);
      if (!with_folder_.contains(name)) damaged.insert(name);
    }
    return unfinished;
  }

  /// Adds a stand-alone runs.csv.
  void add_csv(const fs::path& file) {
    std::vector<Run> rows = read_runs_csv(file, results_.notes);
    std::erase_if(rows, [&](const Run& row) { return with_folder_.contains(row.id); });
    note_rows(file, rows.size(), "unknown");
    for (Run& run : rows) add(std::move(run));
  }

  /// Adds the rows of a results folder's runs.csv whose runs have no folder (any more). One folder
  /// holds one sweep, so settings in which the other runs of their method agree are assumed to hold
  /// for them.
  void add_rows(const fs::path& place, std::vector<Run> rows, std::size_t runs_before) {
    if (rows.empty()) return;
    const auto others = std::span(results_.runs).subspan(runs_before);
    note_rows(place / "runs.csv", rows.size(),
              others.empty() ? "unknown" : "those in which the other runs of their method agree");
    const std::map<std::string, Flat> methods = settings_of_methods(others);
    for (Run& run : rows) {
      const auto method = methods.find(std::string(run.algorithm()));
      if (method != methods.end()) {
        run.settings.insert(method->second.begin(), method->second.end());
      }
      add(std::move(run));
    }
  }

  void note_rows(const fs::path& file, std::size_t alone, const char* others) {
    if (alone == 0) return;
    results_.notes.push_back(fmt::format(
        "{}: {} run{} known from this file alone: no scenario, no curves, and settings that were "
        "not swept are {}",
        file.string(), alone, alone == 1 ? " is" : "s are", others));
  }

  /// Notes runs that the folder's runs.csv lacks because the latest experiment there does not have
  /// them.
  void note_unlisted(const fs::path& place, std::size_t runs_before,
                     const std::set<std::string>& listed_ids) {
    std::vector<std::string> unlisted;
    for (std::size_t i = runs_before; i < results_.runs.size(); ++i) {
      const std::string& id = results_.runs[i].id;
      if (!listed_ids.contains(id)) unlisted.push_back(id);
    }
    if (unlisted.empty()) return;
    const bool one = unlisted.size() == 1;
    results_.notes.push_back(fmt::format(
        "{}: {} run{} not in runs.csv, so the latest experiment there does not have {}: {}",
        place.string(), unlisted.size(), one ? " is" : "s are", one ? "it" : "them",
        listed(unlisted)));
  }

  void note_incomplete(const fs::path& place, std::size_t complete, std::size_t unfinished) {
    if (unfinished > 0) {
      results_.notes.push_back(
          fmt::format("{}: {} run{} begun and not finished (no summary.json); left out",
                      place.string(), unfinished, unfinished == 1 ? " was" : "s were"));
    }
    if (const fs::path failed = place / "failed"; is_folder(failed)) {
      noting_errors([&] { note_failed(place, entries_of(failed).size()); });
    }
    if (!is_there(place / "experiment.json")) return;
    noting_errors([&] { note_planned(place, complete); });
  }

  void note_failed(const fs::path& place, std::size_t logs) {
    if (logs == 0) return;
    results_.notes.push_back(fmt::format("{}: {} run{} failed; left out, see {}", place.string(),
                                         logs, logs == 1 ? "" : "s", (place / "failed").string()));
  }

  void note_planned(const fs::path& place, std::size_t complete) {
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

  /// Adds a run unless it is known already: runs with equal settings are one run. Rows of runs.csv
  /// lack some settings and are identified by their id.
  void add(Run run) {
    std::string key = run.scenario.is_null() ? "id " + run.id : Json(run.settings).dump();
    const auto [known, is_new] = known_.emplace(std::move(key), results_.runs.size());
    if (is_new) {
      results_.runs.push_back(std::move(run));
      return;
    }
    ++duplicates_;
    Run& first = results_.runs[known->second];
    if (contradict(first, run)) settle(first, std::move(run));
  }

  /// Resolves two results of one scenario: the one that the folder's runs.csv lists counts. Throws
  /// InputError if it lists both or neither.
  void settle(Run& first, Run second) {
    const bool first_listed = in_tables_.contains(first.id);
    if (first_listed == in_tables_.contains(second.id)) {
      throw InputError(place_of(second),
                       fmt::format("the same scenario has another result in {}; give only one",
                                   place_of(first)));
    }
    if (!first_listed) std::swap(first, second);
    results_.notes.push_back(fmt::format(
        "{}: the same scenario has another result in {}, which is in runs.csv; left out",
        place_of(second), place_of(first)));
  }

  /// Whether two results of one scenario differ in a column that must be reproducible. Columns that
  /// only one of them has do not count.
  static bool contradict(const Run& a, const Run& b) {
    return std::ranges::any_of(a.summary, [&](const auto& cell) {
      const auto& [name, value] = cell;
      if (name == "id" || name.starts_with("wall.") || name.starts_with("environment."))
        return false;
      const auto other = b.summary.find(name);
      if (other == b.summary.end()) return false;
      if (name == "digest" && (value.empty() || other->second.empty())) return false;  // unknown
      return other->second != value;
    });
  }

  Results results_;
  std::map<std::string, std::size_t> known_;
  std::set<std::string> with_folder_;  ///< ids of runs read from their own folders
  std::set<std::string> in_tables_;    ///< ids listed in a results folder's runs.csv
  std::size_t duplicates_ = 0;
};

}  // namespace

Results load(const std::vector<fs::path>& places) {
  Loader loader;
  for (const fs::path& place : places) loader.add_place(place);
  return loader.take();
}

}  // namespace gradwire::analysis
