#include "analysis/results/run_folder.hpp"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include "analysis/results/columns.hpp"
#include "analysis/results/csv.hpp"
#include "analysis/results/encoding.hpp"
#include "sim/core/error.hpp"

namespace gradwire::analysis {
namespace {

namespace fs = std::filesystem;

std::string shown(const Json& value) {
  constexpr std::size_t longest = 40;
  if (value.is_string()) return quoted_for_message(value.get<std::string>());
  const std::string text = value.dump();
  return text.size() > longest ? std::string("a longer ") + value.type_name() : text;
}

[[noreturn]] void fail(const fs::path& file, const std::string& pointer, const char* expected,
                       const Json& value) {
  throw InputError(fmt::format("{}: {}", file.string(), one_line(pointer)),
                   fmt::format("must be {}, got {}", expected, shown(value)));
}

void check_object_or_null(const Json& object, const char* key, const fs::path& file) {
  if (!object.contains(key) || object[key].is_null() || object[key].is_object()) return;
  fail(file, fmt::format("/{}", key), "an object", object[key]);
}

/// `name`: of `object` in the summary, followed by a dot; empty for the summary itself.
void check_numbers(const Json& object, const std::string& name, const fs::path& file) {
  for (const auto& [key, value] : object.items()) {
    if (value.is_number() || value.is_null() || !is_number_of_summary(name + key)) continue;
    const std::string above = name.empty() ? "" : "/" + name.substr(0, name.size() - 1);
    fail(file, above + "/" + key, "a number", value);
  }
}

void check_summary(const Json& summary, const fs::path& file) {
  if (!summary.contains("status")) {
    throw InputError(file.string(), "has no \"status\"; is it gradwire's?");
  }
  if (!summary["status"].is_string()) fail(file, "/status", "a string", summary["status"]);
  check_numbers(summary, "", file);
  for (const char* part : {"final", "baseline"}) {
    check_object_or_null(summary, part, file);
    if (summary.contains(part) && summary[part].is_object()) {
      check_numbers(summary[part], std::string(part) + ".", file);
    }
  }
}

void check_scenario(const Json& scenario, const fs::path& file) {
  for (const char* part : {"algorithm", "baseline", "dataset", "model", "platform"}) {
    check_object_or_null(scenario, part, file);
  }
  if (scenario.contains("seed") && !scenario["seed"].is_number()) {
    fail(file, "/seed", "a number", scenario["seed"]);
  }
  const Json algorithm = scenario.contains("algorithm") ? scenario["algorithm"] : Json();
  if (algorithm.is_object() && algorithm.contains("name") && !algorithm["name"].is_string()) {
    fail(file, "/algorithm/name", "a string", algorithm["name"]);
  }
}

/// The notes that are strings; others are ignored.
std::vector<std::string> notes_of(const Json& summary) {
  std::vector<std::string> notes;
  if (!summary.is_object() || !summary.contains("notes")) return notes;
  for (const Json& note : summary["notes"]) {
    if (note.is_string()) notes.push_back(one_line(as_utf8(note.get<std::string>())));
  }
  return notes;
}

}  // namespace

Run read_run_folder(const fs::path& folder) {
  const fs::path scenario_file = folder / "scenario.json", summary_file = folder / "summary.json";
  Json summary = read_object(summary_file);
  check_summary(summary, summary_file);
  Run run;
  run.folder = folder;
  run.id = one_line(as_utf8(folder.filename().string()));
  run.scenario = read_object(scenario_file);
  check_scenario(run.scenario, scenario_file);
  run.settings = flattened(run.scenario);
  run.notes = notes_of(summary);
  summary.erase("notes");
  run.summary = flattened(summary);
  run.summary["id"] = run.id;
  return run;
}

}  // namespace gradwire::analysis
