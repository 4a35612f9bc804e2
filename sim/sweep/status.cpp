#include "sim/sweep/status.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

#include "sim/results/claims/claims.hpp"
#include "sim/results/results_folder.hpp"
#include "sim/sweep/run_failure.hpp"

namespace gradwire::sweep {
namespace {

namespace fs = std::filesystem;
using results::Liveness;
using results::ProcessName;

/// The columns iteration and epoch of the last whole line of a metrics.csv.
void read_progress(const fs::path& metrics, RunStatus& status) {
  std::ifstream file(metrics);
  std::string line, last;
  std::getline(file, line);  // names
  while (std::getline(file, line) && !file.eof()) last = line;
  std::istringstream cells(last);
  std::string iteration, epoch;
  if (!std::getline(cells, iteration, ',') || !std::getline(cells, epoch, ',')) return;
  status.iteration = std::strtoll(iteration.c_str(), nullptr, 10);
  status.epoch = std::strtod(epoch.c_str(), nullptr);
}

/// Reads the states of runs from a folder.
class Inspection {
 public:
  explicit Inspection(const fs::path& folder)
      : folder_(folder),
        claims_folder_(folder / results::claims_folder),
        results_(folder, results::Durability::no, results::Access::reading),
        claims_(results::claims_in(claims_folder_)) {}

  [[nodiscard]] RunStatus of(const scenario::PlannedRun& run) const {
    RunStatus status{.run = &run};
    status.has_checkpoint = fs::exists(results_.checkpoint(run));
    status.reason = results_.damage(run);
    if (status.reason.empty() && results_.is_complete(run)) {
      status.state = RunState::complete;
      return status;
    }
    if (const auto claim = claims_.find(run.id); claim != claims_.end()) {
      add_claim(claim->second, status);
    }
    const fs::path log = folder_ / "failed" / (run.id + ".log");
    if (status.state == RunState::missing && fs::exists(log)) {
      status.state = RunState::failed;
      status.log = log;
      status.reason = failure_text(1, log, "");
    }
    return status;
  }

 private:
  void add_claim(const ProcessName& process, RunStatus& status) const {
    const auto heartbeat = results::read_heartbeat(claims_folder_, process);
    if (!heartbeat) return;  // it has ended
    const Liveness liveness = results::liveness_here(process);
    status.process = process;
    status.process_is_here = liveness != Liveness::unknown;
    if (!status.process_is_here) status.last_beat = heartbeat->at;
    if (liveness == Liveness::dead) return;
    status.state = RunState::running;
    read_progress(
        folder_ / "runs" / (".partial-" + status.run->id + "@" + process.text()) / "metrics.csv",
        status);
  }

  fs::path folder_;
  fs::path claims_folder_;
  results::ResultsFolder results_;
  std::map<std::string, ProcessName> claims_;
};

}  // namespace

std::string name_of(RunState state) {
  switch (state) {
    case RunState::complete:
      return "complete";
    case RunState::running:
      return "running";
    case RunState::failed:
      return "failed";
    case RunState::missing:
      return "missing";
  }
  return "";
}

std::vector<RunStatus> status_of(const Plan& plan, const fs::path& folder) {
  const Inspection inspection(folder);
  std::vector<RunStatus> statuses;
  for (const scenario::PlannedRun& run : plan.runs) statuses.push_back(inspection.of(run));
  return statuses;
}

std::vector<Leftover> leftovers_in(const fs::path& folder) {
  const std::vector<ProcessName> registered =
      results::registered_in(folder / results::claims_folder);
  std::vector<Leftover> found;
  for (const fs::path& part : {folder, folder / "runs"}) {
    std::error_code missing;
    for (const auto& entry : fs::directory_iterator(part, missing)) {
      const auto owner = results::owner_of_partial(entry.path().filename().string());
      if (!owner || results::liveness_here(*owner) == Liveness::alive) continue;
      if (results::liveness_here(*owner) == Liveness::unknown &&
          std::ranges::find(registered, *owner) != registered.end()) {
        continue;
      }
      found.push_back({entry.path(), *owner});
    }
  }
  std::ranges::sort(found, {}, &Leftover::path);
  return found;
}

}  // namespace gradwire::sweep
