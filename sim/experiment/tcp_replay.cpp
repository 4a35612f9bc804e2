#include "sim/experiment/tcp_replay.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "sim/core/error.hpp"
#include "sim/experiment/child_process.hpp"
#include "sim/experiment/digest.hpp"
#include "sim/experiment/progress_display.hpp"
#include "sim/experiment/replay_record.hpp"
#include "sim/experiment/run_folder.hpp"
#include "sim/experiment/summary_file.hpp"
#include "sim/experiment/weighing.hpp"
#include "sim/tcp/parameter_server.hpp"

namespace gradwire::experiment {
namespace {

namespace fs = std::filesystem;

bool lives_with_the_server(const Scenario& scenario, std::size_t m) {
  return m == 0 && scenario.protocol.server == "worker0";
}

/// As the star of network/platform.hpp has them.
tcp::Speeds speeds_of(const Scenario& scenario) {
  const network::PlatformConfig& platform = scenario.platform;
  tcp::Speeds speeds{.server = platform.speed, .workers = {}};
  speeds.workers.resize(static_cast<std::size_t>(scenario.workers), platform.speed);
  for (const network::WorkerOverride& special : platform.overrides) {
    FlopsPerSecond& speed = speeds.workers[static_cast<std::size_t>(special.worker)];
    speed = special.speed.value_or(speed);
  }
  if (scenario.protocol.server == "worker0") speeds.server = speeds.workers.front();
  return speeds;
}

tcp::ParameterServer parameter_server(const Scenario& scenario, bool computes) {
  return {.protocol = scenario.protocol,
          .weighing = weighing_of(scenario),
          .speeds = speeds_of(scenario),
          .computes = computes};
}

/// Everybody whom one of the runs needs.
tcp::Invitation invitation(const std::vector<PlannedRun>& runs) {
  tcp::Invitation invitation{.workers = 0, .wanted = {}, .digest = digest_of_traces(runs)};
  for (const PlannedRun& run : runs) {
    const auto workers = static_cast<std::size_t>(run.scenario.workers);
    invitation.workers = std::max(invitation.workers, workers);
    invitation.wanted.resize(invitation.workers);
    for (std::size_t m = 0; m < workers; ++m) {
      if (!lives_with_the_server(run.scenario, m)) invitation.wanted[m] = 1;
    }
  }
  return invitation;
}

/// The first iterations of a trace, their times measured.
Summary measure(const Scenario& scenario, const RecordedRun& recorded, const RunOutput& output,
                const TcpOptions& options, tcp::Party& party) {
  TraceReader trace(recorded.trace);
  const std::int64_t planned = planned_iterations(scenario, trace.header().iterations_per_epoch);
  const std::int64_t wanted = std::min(options.iterations.value_or(planned), planned);
  const auto play = [&](actors::Iterations& iterations, const actors::OnIteration& on_iteration) {
    return parameter_server(scenario, options.computes)
        .run(party, iterations, [&](const IterationRecord& record) {
          return on_iteration(record) && record.iteration < wanted;
        });
  };
  Summary summary = record_replay(scenario, trace, recorded.threads, output, play);
  const bool ended_early = summary.iterations < planned && summary.status == "finished";
  if (ended_early) summary.status = "partial";
  summary.data = data_of_run(recorded.trace.parent_path());
  summary.measured = Measured{.planned_iterations = planned,
                              .computes = options.computes,
                              .round_trip = party.round_trip()};
  return summary;
}

class Series {
 public:
  Series(const ResultsFolder& results, const SweepOptions& sweep, const TcpOptions& options,
         tcp::Party& party, ProgressDisplay& display)
      : results_(results), sweep_(sweep), options_(options), party_(party), display_(display) {}

  void play(const PlannedRun& run) {
    const fs::path folder = results_.begin(run);
    display_.started(run.id, label_of(run));
    try {
      do_run_in(
          folder, {.timeline = sweep_.timeline},
          [&](const Progress& progress) { display_.advanced(run.id, progress); },
          [&](const Scenario& scenario, const RunOutput& output, const fs::path& into) {
            const Summary summary = measure(scenario, *run.recorded, output, options_, party_);
            share_trace(run.recorded->trace, into);
            return summary;
          });
      results_.complete(run, folder);
    } catch (...) {
      results_.discard(run, folder, false);
      throw;
    }
    display_.ended(run.id, results_.summary(run).at("status").get<std::string>());
  }

 private:
  const ResultsFolder& results_;
  const SweepOptions& sweep_;
  const TcpOptions& options_;
  tcp::Party& party_;
  ProgressDisplay& display_;
};

std::vector<const PlannedRun*> to_do(const std::vector<PlannedRun>& runs,
                                     const ResultsFolder& results, bool fresh) {
  std::vector<const PlannedRun*> waiting;
  for (const PlannedRun& run : runs) {
    if (fresh || !results.is_complete(run)) waiting.push_back(&run);
  }
  return waiting;
}

void play_all(const std::vector<const PlannedRun*>& waiting, Series& series, tcp::Party& party,
              SweepReport& report) {
  const PlannedRun* current = nullptr;
  try {
    for (const PlannedRun* run : waiting) {
      series.play(*(current = run));
      ++report.complete;
    }
    party.finish();
  } catch (const tcp::Interrupted&) {
    report.interrupted_by = InterruptGuard::signal();
    party.give_up("it was interrupted");
  } catch (const std::exception& error) {
    report.failures.push_back(
        fmt::format("{} ({}): FAILED: {}", current->id, label_of(*current), error.what()));
    party.give_up(error.what());
  }
}

}  // namespace

void require_playable(const std::vector<PlannedRun>& runs, const TcpOptions& options) {
  for (const PlannedRun& run : runs) {
    tcp::require_playable(run.scenario.protocol);
    if (run.scenario.energy) {
      throw InputError("energy", "cannot be measured over TCP; --set energy=null leaves it out");
    }
    if (options.computes && run.scenario.platform.kind == "file") {
      throw InputError("platform.path",
                       "only SimGrid reads the hosts' speeds of a platform file; over TCP say "
                       "--no-compute, or --set 'platform={\"kind\": \"star\"}'");
    }
  }
}

std::string digest_of_traces(const std::vector<PlannedRun>& runs) {
  static const Origins origins{.file = "", .moved = {}};
  std::string digests;
  for (const PlannedRun& run : runs) digests += digest_of_file(run.recorded->trace, Place(origins));
  return digest_of(digests);
}

void require_same_kind(const std::vector<PlannedRun>& runs, const fs::path& root,
                       const TcpOptions& options) {
  for (const PlannedRun& run : runs) {
    const fs::path folder = root / "runs" / run.id;
    const std::optional<Json> found = sound_summary(folder / "summary.json");
    if (!found) continue;  // to be done (again)
    const Json& summary = *found;
    if (!summary.contains("measured")) {
      throw InputError(folder.string(),
                       "was simulated; what is measured needs a folder of its own (-o)");
    }
    const auto planned = summary.at("tcp").at("planned_iterations").get<std::int64_t>();
    const bool as_long = summary.at("status") != "partial"
                             ? options.iterations.value_or(planned) >= planned
                             : options.iterations == summary.at("iterations").get<std::int64_t>();
    if (!as_long || summary.at("tcp").at("compute") != options.computes) {
      throw InputError(folder.string(),
                       "was measured with another --iterations or --no-compute; --fresh measures "
                       "it again");
    }
  }
}

SweepReport play_over_tcp(const std::vector<PlannedRun>& runs, const ResultsFolder& results,
                          const SweepOptions& sweep, const TcpOptions& options,
                          tcp::Listener& listener, tcp::Patience patience,
                          const tcp::Party::Tell& tell) {
  const auto waiting = to_do(runs, results, sweep.fresh);
  SweepReport report{.complete = runs.size() - waiting.size(), .failures = {}};
  if (waiting.empty()) return report;
  const InterruptGuard guard;
  patience.interrupted = [] { return InterruptGuard::signal() != 0; };
  try {
    tcp::Party party(listener, invitation(runs), std::move(patience), tell);
    listener.close();
    ProgressDisplay display(ProgressDisplay::mode_for(stderr, sweep.quiet), stderr, runs.size(),
                            report.complete);
    Series series(results, sweep, options, party, display);
    play_all(waiting, series, party, report);
  } catch (const tcp::Interrupted&) {
    report.interrupted_by = InterruptGuard::signal();
  }
  return report;
}

}  // namespace gradwire::experiment
