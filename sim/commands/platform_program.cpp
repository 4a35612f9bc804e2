#include "sim/commands/platform_program.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>

#include "sim/core/error.hpp"
#include "sim/core/temporary_folder.hpp"
#include "sim/results/results_folder.hpp"
#include "sim/scenario/scenario_json.hpp"
#include "sim/sweep/child_process.hpp"
#include "sim/sweep/run_failure.hpp"

namespace gradwire::commands {
namespace {

namespace fs = std::filesystem;
using scenario::PlannedRun;

struct Answer {
  int status = 0;
  std::vector<std::string> lines;
};

/// Runs gradwire-platform and returns its exit status and its lines of output.
Answer ask(const std::vector<std::string>& arguments, const fs::path& log) {
  sweep::ChildProcess process(sweep::sibling_program("gradwire-platform"), arguments, log);
  Answer answer;
  const auto read = [&] {
    for (std::string& line : process.read_lines()) answer.lines.push_back(std::move(line));
  };
  while (process.output() >= 0) {
    pollfd input{.fd = process.output(), .events = POLLIN, .revents = 0};
    ::poll(&input, 1, 100);
    read();
  }
  std::optional<int> status;
  while (!(status = process.exit_status())) ::poll(nullptr, 0, 1);
  read();
  answer.status = *status;
  return answer;
}

/// The error of a failed gradwire-platform, as one line.
std::string problem_in(const Answer& answer, const std::string& file, const fs::path& log) {
  if (answer.status <= 128) return answer.lines.empty() ? "" : answer.lines.back();
  const std::string words = sweep::simgrid_critical_message(log);
  return fmt::format("{}: SimGrid cannot work with this platform: {}", file,
                     words.empty() ? "it ends without a reason" : words);
}

/// Whether one check suffices for both runs: their networks are built from the same settings.
bool share_network(const PlannedRun& a, const PlannedRun& b) {
  const scenario::Scenario &one = a.scenario, &other = b.scenario;
  return one.platform == other.platform && one.energy == other.energy &&
         one.protocol.kind == other.protocol.kind &&
         one.protocol.collective == other.protocol.collective &&
         one.protocol.server == other.protocol.server &&
         one.protocol.server_shards == other.protocol.server_shards &&
         one.protocol.broadcast == other.protocol.broadcast;
}

/// "FILE: POINTER" of the setting that names the platform; the file alone where the run is a replay
/// and does not sweep the platform.
std::string place_of(const sweep::Plan& plan, const PlannedRun& run) {
  for (const char* path : {"platform.path", "platform"}) {
    const bool swept =
        std::ranges::any_of(run.axes, [&](const auto& a) { return a.first == path; });
    if (swept) return fmt::format("{}: {}", plan.file, sweep::pointer_to(plan, run, path));
  }
  if (run.recorded) return plan.file;
  return fmt::format("{}: /base/platform", plan.file);
}

}  // namespace

std::vector<std::string> hosts_of(const std::string& file) {
  const TemporaryFolder folder("hosts");
  const fs::path log = folder.path() / "log.txt";
  const Answer answer = ask({"hosts", fs::absolute(file).string()}, log);
  if (answer.status != 0) throw InputError("", problem_in(answer, file, log));
  return answer.lines;
}

void require_networks(const sweep::Plan& plan) {
  std::vector<const PlannedRun*> checked;
  std::optional<TemporaryFolder> folder;
  for (const PlannedRun& run : plan.runs) {
    const auto is_known = [&](const PlannedRun* other) { return share_network(run, *other); };
    if (run.scenario.platform.kind != network::PlatformKind::file ||
        std::ranges::any_of(checked, is_known))
      continue;
    checked.push_back(&run);
    if (!folder) folder.emplace("platform");
    const fs::path file = folder->path() / "scenario.json", log = folder->path() / "log.txt";
    results::write_atomically(file, scenario::to_json(run.scenario).dump());
    const Answer answer = ask({"check", file.string()}, log);
    if (answer.status == 0) continue;
    throw InputError(place_of(plan, run), problem_in(answer, run.scenario.platform.path, log));
  }
}

}  // namespace gradwire::commands
