#include "sim/commands/sweeps/status.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sim/core/error.hpp"
#include "sim/results/claims/claims.hpp"
#include "sim/results/results_folder.hpp"
#include "sim/sweep/status.hpp"
#include "sim/sweep/sweep_runner.hpp"

namespace gradwire::commands {
namespace {

namespace fs = std::filesystem;
using scenario::Json;
using sweep::RunState;
using sweep::RunStatus;

constexpr int all_complete = 0;
constexpr int some_failed = 1;
constexpr int not_yet = 3;

struct StatusOptions {
  std::string folder;
  bool json = false;
};

/// The plan of the experiment that a results folder belongs to. Throws InputError.
sweep::Plan plan_of_folder(const fs::path& folder) {
  const fs::path file = folder / "experiment.json";
  if (!fs::is_directory(folder)) throw InputError(folder.string(), "is no folder");
  if (!fs::exists(file)) {
    throw InputError(folder.string(), "is no results folder: it has no experiment.json");
  }
  return sweep::plan_experiment(file, {});
}

using Counts = std::map<RunState, std::size_t>;

Counts count(const std::vector<RunStatus>& runs) {
  Counts counts;
  for (const RunStatus& run : runs) ++counts[run.state];
  return counts;
}

int exit_status_of(Counts counts, std::size_t runs) {
  if (counts[RunState::failed] > 0) return some_failed;
  return counts[RunState::complete] == runs ? all_complete : not_yet;
}

Json to_json(const RunStatus& status) {
  Json json{{"id", status.run->id},
            {"label", sweep::label_of(*status.run)},
            {"state", name_of(status.state)}};
  if (status.process) {
    json["host"] = status.process->host;
    json["pid"] = status.process->pid;
    json["claim"] = std::string(results::claims_folder) + "/" + status.process->text();
    if (status.state != RunState::running) json["claim_is_dead"] = true;
    if (!status.last_beat.empty()) json["last_sign_of_life"] = status.last_beat;
  }
  if (status.state == RunState::running) {
    json["iteration"] = status.iteration ? Json(*status.iteration) : Json();
    json["epoch"] = status.epoch ? Json(*status.epoch) : Json();
    json["epochs"] = status.run->scenario.epochs;
  }
  if (status.state != RunState::complete) json["checkpoint"] = status.has_checkpoint;
  if (!status.log.empty()) json["log"] = status.log.string();
  if (!status.reason.empty()) json["reason"] = status.reason;
  return json;
}

void print_json(const sweep::Plan& plan, const fs::path& folder,
                const std::vector<RunStatus>& statuses) {
  Counts counts = count(statuses);
  Json json{{"experiment", plan.name}, {"folder", folder.string()}, {"runs", statuses.size()}};
  for (const RunState state :
       {RunState::complete, RunState::running, RunState::failed, RunState::missing}) {
    json[name_of(state)] = counts[state];
  }
  json["list"] = Json::array();
  for (const RunStatus& status : statuses) json["list"].push_back(to_json(status));
  json["leftovers"] = Json::array();
  for (const sweep::Leftover& leftover : sweep::leftovers_in(folder)) {
    json["leftovers"].push_back(
        {{"path", leftover.path.string()}, {"host", leftover.process.host}});
  }
  fmt::print("{}\n", json.dump(2));
}

/// How far a run under way is, and where.
std::string describe_running(const RunStatus& status) {
  std::string text = "not evaluated yet";
  if (status.iteration && status.epoch) {
    text = fmt::format("iteration {}, epoch {:.4g} of {:g}", *status.iteration, *status.epoch,
                       status.run->scenario.epochs);
  }
  text += fmt::format("; on {}", status.process->shown());
  if (!status.last_beat.empty()) {
    text += fmt::format(", last sign of life {} by its clock", status.last_beat);
  }
  return text;
}

std::string describe(const RunStatus& status) {
  switch (status.state) {
    case RunState::running:
      return describe_running(status);
    case RunState::failed:
      return fmt::format("{} ({})", status.reason, status.log.string());
    default:
      break;
  }
  std::string text = status.has_checkpoint ? "has a checkpoint" : "";
  if (status.process) {
    text += fmt::format("{}was under way on {}, which has ended", text.empty() ? "" : "; ",
                        status.process->shown());
  }
  if (!status.reason.empty()) text += (text.empty() ? "" : "; ") + status.reason;
  return text;
}

void print_text(const sweep::Plan& plan, const fs::path& folder,
                const std::vector<RunStatus>& statuses) {
  Counts counts = count(statuses);
  fmt::print("{}: {} of {} runs complete, {} running, {} failed, {} missing\n", plan.name,
             counts[RunState::complete], statuses.size(), counts[RunState::running],
             counts[RunState::failed], counts[RunState::missing]);
  bool elsewhere = false;
  for (const RunState state : {RunState::running, RunState::failed, RunState::missing}) {
    for (const RunStatus& status : statuses) {
      if (status.state != state) continue;
      const std::string more = describe(status);
      fmt::print("  {:<8} {} ({}){}{}\n", name_of(state), status.run->id,
                 sweep::label_of(*status.run), more.empty() ? "" : ": ", more);
      elsewhere = elsewhere || !status.last_beat.empty();
    }
  }
  if (elsewhere) {
    fmt::print(
        "A process of another host that has died: the same command takes its runs over once it has "
        "been silent for {:.0f} beats, or at once after rm '{}'/HOST@*@PID@*\n",
        results::missed_beats, (folder / results::claims_folder).string());
  }
  for (const sweep::Leftover& leftover : sweep::leftovers_in(folder)) {
    fmt::print("left by {}, removed by the next command there, or by: rm -r '{}'\n",
               leftover.process.shown(), leftover.path.string());
  }
}

int tell_status(const StatusOptions& options) {
  const fs::path folder(options.folder);
  const sweep::Plan plan = plan_of_folder(folder);
  const std::vector<RunStatus> statuses = sweep::status_of(plan, folder);
  if (options.json) {
    print_json(plan, folder, statuses);
  } else {
    print_text(plan, folder, statuses);
  }
  return exit_status_of(count(statuses), statuses.size());
}

void write_index(const std::string& text) {
  const fs::path folder(text);
  const sweep::Plan plan = plan_of_folder(folder);
  const results::ResultsFolder results(folder, results::Durability::yes, results::Access::reading);
  results.write_index(plan.runs);
  const auto complete = std::ranges::count_if(
      plan.runs, [&](const scenario::PlannedRun& run) { return results.is_complete(run); });
  fmt::print("{} of {} runs complete; table in {}\n", complete, plan.runs.size(),
             (folder / "runs.csv").string());
}

}  // namespace

void add_status(Command& app, int& status) {
  Command* command = app.add_subcommand(
      "status", "Tell which runs of a results folder are complete, running, failed or missing");
  const auto options = std::make_shared<StatusOptions>();
  command->add_option("results", options->folder, "Results folder of run or replay")
      ->required()
      ->type_name("DIR");
  command->add_flag("--json", options->json, "As JSON");
  command->footer(
      "Exit status: 0 all complete, 3 not yet, 1 some failed.\n\n"
      "Example:\n  gradwire status results/quickstart --json");
  command->callback([options, &status] { status = tell_status(*options); });
}

void add_index(Command& app) {
  Command* command = app.add_subcommand(
      "index", "Write runs.csv of a results folder anew from the runs that are complete");
  const auto folder = std::make_shared<std::string>();
  command->add_option("results", *folder, "Results folder of run or replay")
      ->required()
      ->type_name("DIR");
  command->footer("Example:\n  gradwire index results/quickstart");
  command->callback([folder] { write_index(*folder); });
}

}  // namespace gradwire::commands
