#include "sim/sweep/tcp_replay.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "sim/core/error.hpp"
#include "sim/protocols/drive.hpp"
#include "sim/results/run_folder.hpp"
#include "sim/results/summary_file.hpp"
#include "sim/run/replay_record.hpp"
#include "sim/scenario/cost_of.hpp"
#include "sim/scenario/digest.hpp"
#include "sim/sweep/child_process.hpp"
#include "sim/sweep/progress_display.hpp"
#include "sim/tcp/socket_exchange.hpp"

namespace gradwire::sweep {
namespace {

namespace fs = std::filesystem;

bool is_colocated(const scenario::Scenario& scenario, std::size_t m) {
  return m == 0 && scenario.protocol.server == protocols::ServerPlace::worker0;
}

/// Speeds as in the star of network/platforms/platform.hpp.
tcp::Speeds speeds_of(const scenario::Scenario& scenario, bool computes) {
  const network::PlatformConfig& platform = scenario.platform;
  tcp::Speeds speeds{.server = platform.speed, .workers = {}, .computes = computes};
  speeds.workers.resize(static_cast<std::size_t>(scenario.workers), platform.speed);
  for (const network::WorkerOverride& special : platform.overrides) {
    FlopsPerSecond& speed = speeds.workers[static_cast<std::size_t>(special.worker)];
    speed = special.speed.value_or(speed);
  }
  if (scenario.protocol.server == protocols::ServerPlace::worker0)
    speeds.server = speeds.workers.front();
  return speeds;
}

/// Invites every worker that takes part in at least one of the runs.
tcp::ExpectedWorkers expected(const std::vector<scenario::PlannedRun>& runs) {
  tcp::ExpectedWorkers expected{.workers = 0, .wanted = {}, .digest = digest_of_traces(runs)};
  for (const scenario::PlannedRun& run : runs) {
    const auto workers = static_cast<std::size_t>(run.scenario.workers);
    expected.workers = std::max(expected.workers, workers);
    expected.wanted.resize(expected.workers);
    for (std::size_t m = 0; m < workers; ++m) {
      if (!is_colocated(run.scenario, m)) expected.wanted[m] = 1;
    }
  }
  return expected;
}

/// Replays the first iterations of a trace over TCP and measures their times.
results::Summary measure(const scenario::Scenario& scenario, const scenario::RecordedRun& recorded,
                         const results::RunSink& output, const TcpOptions& options,
                         tcp::WorkerPool& workers) {
  TraceReader trace(recorded.trace);
  const std::int64_t planned =
      results::planned_iterations(scenario, trace.header().iterations_per_epoch);
  const std::int64_t wanted = std::min(options.iterations.value_or(planned), planned);
  const auto play = [&](IterationSource& iterations, const protocols::OnIteration& on_iteration) {
    tcp::SocketExchange exchange(workers, scenario.protocol, speeds_of(scenario, options.computes));
    return protocols::drive(iterations, scenario::cost_model_of(scenario, iterations.encodings()),
                            exchange, [&](const IterationRecord& record) {
                              return on_iteration(record) && record.iteration < wanted;
                            });
  };
  results::Summary summary = run::record_replay(scenario, trace, recorded.threads, output, play);
  const bool ended_early =
      summary.iterations < planned && summary.status == results::RunStatus::finished;
  if (ended_early) summary.status = results::RunStatus::partial;
  summary.data = results::data_of_run(recorded.trace.parent_path());
  summary.measured = results::Measured{.planned_iterations = planned,
                                       .computes = options.computes,
                                       .round_trip = workers.round_trip()};
  return summary;
}

class TcpReplayRunner {
 public:
  TcpReplayRunner(const results::ResultsFolder& results, const SweepOptions& sweep,
                  const TcpOptions& options, tcp::WorkerPool& workers, ProgressDisplay& display)
      : results_(results), sweep_(sweep), options_(options), party_(workers), display_(display) {}

  void play(const scenario::PlannedRun& run) {
    const fs::path folder = results_.begin(run);
    display_.started(run.id, label_of(run));
    try {
      results::execute_run(
          folder, {.timeline = sweep_.timeline},
          [&](const results::Progress& progress) { display_.advanced(run.id, progress); },
          [&](const scenario::Scenario& scenario, const results::RunSink& output,
              const fs::path& into) {
            const results::Summary summary =
                measure(scenario, *run.recorded, output, options_, party_);
            results::share_trace(run.recorded->trace, into);
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
  const results::ResultsFolder& results_;
  const SweepOptions& sweep_;
  const TcpOptions& options_;
  tcp::WorkerPool& party_;
  ProgressDisplay& display_;
};

std::vector<const scenario::PlannedRun*> to_do(const std::vector<scenario::PlannedRun>& runs,
                                               const results::ResultsFolder& results, bool fresh) {
  std::vector<const scenario::PlannedRun*> waiting;
  for (const scenario::PlannedRun& run : runs) {
    if (fresh || !results.is_complete(run)) waiting.push_back(&run);
  }
  return waiting;
}

void play_all(const std::vector<const scenario::PlannedRun*>& waiting, TcpReplayRunner& series,
              tcp::WorkerPool& workers, SweepReport& report) {
  const scenario::PlannedRun* current = nullptr;
  try {
    for (const scenario::PlannedRun* run : waiting) {
      series.play(*(current = run));
      ++report.complete;
    }
    workers.finish();
  } catch (const tcp::Interrupted&) {
    report.interrupted_by = InterruptGuard::signal();
    workers.give_up("it was interrupted");
  } catch (const std::exception& error) {
    report.failures.push_back(
        fmt::format("{} ({}): FAILED: {}", current->id, label_of(*current), error.what()));
    workers.give_up(error.what());
  }
}

}  // namespace

void require_playable(const std::vector<scenario::PlannedRun>& runs, const TcpOptions& options) {
  for (const scenario::PlannedRun& run : runs) {
    tcp::require_supported(run.scenario.protocol);
    if (scenario::selects_workers(run.scenario)) {
      throw InputError("algorithm",
                       fmt::format("{} selects the workers that take part in an iteration; over "
                                   "TCP all of them must",
                                   run.scenario.algorithm.name));
    }
    if (run.scenario.energy) {
      throw InputError("energy", "cannot be measured over TCP; --set energy=null leaves it out");
    }
    if (options.computes && run.scenario.platform.kind == network::PlatformKind::file) {
      throw InputError("platform.path",
                       "only SimGrid reads the hosts' speeds of a platform file; over TCP say "
                       "--no-compute, or --set 'platform={\"kind\": \"star\"}'");
    }
  }
}

std::string digest_of_traces(const std::vector<scenario::PlannedRun>& runs) {
  static const scenario::SourceMap source_map{.file = "", .moved = {}};
  std::string digests;
  for (const scenario::PlannedRun& run : runs)
    digests += scenario::digest_of_file(run.recorded->trace, scenario::JsonLocation(source_map));
  return scenario::digest_of(digests);
}

void require_same_kind(const std::vector<scenario::PlannedRun>& runs, const fs::path& root,
                       const TcpOptions& options) {
  for (const scenario::PlannedRun& run : runs) {
    const fs::path folder = root / "runs" / run.id;
    const std::optional<scenario::Json> found =
        results::valid_summary_or_null(folder / "summary.json");
    if (!found) continue;  // not complete: will be executed
    const scenario::Json& summary = *found;
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

SweepReport replay_over_tcp(const std::vector<scenario::PlannedRun>& runs,
                            const results::ResultsFolder& results, const SweepOptions& sweep,
                            const TcpOptions& options, tcp::Listener& listener,
                            tcp::Timeouts timeouts, const tcp::WorkerPool::Tell& tell) {
  const auto waiting = to_do(runs, results, sweep.fresh);
  SweepReport report{.complete = runs.size() - waiting.size(), .failures = {}};
  if (waiting.empty()) return report;
  const InterruptGuard guard;
  timeouts.interrupted = [] { return InterruptGuard::signal() != 0; };
  try {
    tcp::WorkerPool workers(listener, expected(runs), std::move(timeouts), tell);
    listener.close();
    ProgressDisplay display(ProgressDisplay::mode_for(stderr, sweep.quiet), stderr, runs.size(),
                            report.complete);
    TcpReplayRunner series(results, sweep, options, workers, display);
    play_all(waiting, series, workers, report);
  } catch (const tcp::Interrupted&) {
    report.interrupted_by = InterruptGuard::signal();
  }
  return report;
}

}  // namespace gradwire::sweep
