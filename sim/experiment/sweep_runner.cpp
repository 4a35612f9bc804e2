#include "sim/experiment/sweep_runner.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iterator>
#include <list>
#include <memory>
#include <thread>

#include "sim/experiment/progress_display.hpp"
#include "sim/experiment/progress_line.hpp"
#include "sim/experiment/run_failure.hpp"
#include "sim/experiment/run_process.hpp"

namespace gradwire::experiment {
namespace {

namespace fs = std::filesystem;

struct ActiveRun {
  const PlannedRun* run;
  fs::path folder;
  std::unique_ptr<RunProcess> process;
  std::string words{};  ///< the last line it said that was no progress
};

std::vector<std::string> child_arguments(const PlannedRun& run, const fs::path& folder,
                                         const fs::path& checkpoint, const SweepOptions& options) {
  const int threads = run.recorded ? run.recorded->threads : options.threads;
  std::vector<std::string> arguments{folder.string(), "--threads", std::to_string(threads)};
  if (options.timeline) arguments.emplace_back("--timeline");
  if (options.summary_only && run.recorded) arguments.emplace_back("--summary-only");
  if (run.recorded) {
    arguments.insert(arguments.end(), {"--trace", run.recorded->trace.string()});
  } else {
    if (options.data) arguments.insert(arguments.end(), {"--data", options.data->string()});
    arguments.insert(arguments.end(), {"--checkpoint", checkpoint.string()});
    if (options.checkpoint_every) {
      arguments.insert(arguments.end(),
                       {"--checkpoint-every", std::to_string(*options.checkpoint_every)});
    }
  }
  return arguments;
}

class Sweep {
 public:
  Sweep(const ResultsFolder& results, const SweepOptions& options, ProgressDisplay& display,
        SweepReport& report)
      : results_(results), options_(options), display_(display), report_(report) {}
  ~Sweep() { stop(); }
  Sweep(const Sweep&) = delete;
  Sweep& operator=(const Sweep&) = delete;

  void run(std::vector<const PlannedRun*> waiting) {
    const InterruptGuard guard;
    std::ranges::reverse(waiting);
    while (!waiting.empty() || !active_.empty() || !ended_.empty()) {
      while (!waiting.empty() && active_.size() < static_cast<std::size_t>(options_.jobs)) {
        start_or_settle(*waiting.back());
        waiting.pop_back();
      }
      settle();  // while the next ones are at work
      if (active_.empty()) continue;
      listen();
      if (InterruptGuard::signal() != 0) return interrupt();  // before it looks like a failure
      collect();
    }
  }

 private:
  /// Where it cannot be started, what has ended must not be lost with it.
  void start_or_settle(const PlannedRun& run) {
    try {
      start(run);
    } catch (...) {
      settle();
      throw;
    }
  }

  void start(const PlannedRun& run) {
    if (options_.fresh) fs::remove(results_.checkpoint(run));
    fs::path folder = results_.begin(run);
    try {
      auto process = process_for(run);
      process->begin(child_arguments(run, folder, results_.checkpoint(run), options_),
                     folder / "log.txt");
      active_.push_back({&run, folder, std::move(process)});
    } catch (...) {
      results_.discard(run, folder, false);
      throw;
    }
    display_.started(run.id, label_of(run));
  }

  std::unique_ptr<RunProcess> process_for(const PlannedRun& run) {
    if (!run.recorded) return std::make_unique<RunProcess>(RunProcess::Kind::learns);
    if (idle_.empty()) return std::make_unique<RunProcess>(RunProcess::Kind::replays);
    std::unique_ptr<RunProcess> process = std::move(idle_.back());
    idle_.pop_back();
    return process;
  }

  /// Waits for news, for a tenth of a second at most.
  void listen() {
    std::vector<pollfd> inputs;
    for (const ActiveRun& active : active_) inputs.push_back({active.process->output(), POLLIN, 0});
    // A closed output is no news, but what closed it is about to end.
    const bool ending = std::ranges::any_of(inputs, [](const pollfd& p) { return p.fd < 0; });
    ::poll(inputs.data(), inputs.size(), ending ? 1 : 100);
    for (ActiveRun& active : active_) show_progress(active);
  }

  void show_progress(ActiveRun& active) {
    for (const std::string& line : active.process->read_lines()) {
      if (const auto progress = parse_progress(line)) {
        display_.advanced(active.run->id, *progress);
      } else if (line.starts_with(note_mark)) {
        display_.note(active.run->id, line.substr(note_mark.size()));
      } else {
        active.words = line;
      }
    }
  }

  void collect() {
    for (auto active = active_.begin(); active != active_.end();) {
      const auto next = std::next(active);
      if (const auto status = active->process->exit_status()) {
        show_progress(*active);  // its last words
        if (active->run->recorded) idle_.push_back(std::move(active->process));
        statuses_.push_back(*status);
        ended_.splice(ended_.end(), active_, active);
      }
      active = next;
    }
  }

  void settle() {
    for (; !ended_.empty(); ended_.pop_front(), statuses_.pop_front()) {
      end(ended_.front(), statuses_.front());
    }
  }

  void end(const ActiveRun& active, int status) {
    const PlannedRun& run = *active.run;
    std::string verdict;
    if (status == 0) {
      results_.complete(run, active.folder);
      verdict = results_.summary(run).at("status").get<std::string>();
      ++report_.complete;
    } else {
      verdict = "FAILED: " + failure_text(status, active.folder / "log.txt", active.words);
      report_.failures.push_back(fmt::format("{} ({}): {}", run.id, label_of(run), verdict));
      results_.discard(run, active.folder, true);
    }
    display_.ended(run.id, verdict);
  }

  void interrupt() {
    report_.interrupted_by = InterruptGuard::signal();
    let_them_write_checkpoints();
    stop();
  }

  /// Runs that can do so write their checkpoint at the end of the iteration they are in. A second
  /// signal, or two minutes, end the waiting.
  void let_them_write_checkpoints() {
    using Clock = std::chrono::steady_clock;
    const auto end = Clock::now() + std::chrono::minutes(2);
    const int before = InterruptGuard::count();
    for (ActiveRun& active : active_) active.process->terminate();
    const auto running = [](ActiveRun& active) { return !active.process->exit_status(); };
    while (!active_.empty() && Clock::now() < end && InterruptGuard::count() == before) {
      for (ActiveRun& active : active_) active.process->read_lines();  // or it would block
      std::erase_if(active_, [&](ActiveRun& active) {
        const bool ended = !running(active);
        if (ended) results_.discard(*active.run, active.folder, false);
        return ended;
      });
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }

  /// Kills and forgets what still runs.
  void stop() {
    std::list<ActiveRun> stopped = std::move(active_);
    active_.clear();
    stopped.splice(stopped.end(), ended_);
    statuses_.clear();
    for (ActiveRun& run : stopped) {
      run.process.reset();
      results_.discard(*run.run, run.folder, false);
    }
  }

  const ResultsFolder& results_;
  const SweepOptions& options_;
  ProgressDisplay& display_;
  SweepReport& report_;
  std::list<ActiveRun> active_;
  std::list<ActiveRun> ended_;                     ///< and not settled
  std::list<int> statuses_;                        ///< of those
  std::vector<std::unique_ptr<RunProcess>> idle_;  ///< that replay
};

std::string label_of_axis(const std::string& path, const Json& value) {
  if (value.is_object() && value.contains("name")) return value.at("name").get<std::string>();
  return path + " " + (value.is_string() ? value.get<std::string>() : value.dump());
}

}  // namespace

std::string label_of(const PlannedRun& run) {
  std::string label;
  for (const auto& [path, value] : run.axes) {
    if (!label.empty()) label += ", ";
    label += label_of_axis(path, value);
  }
  return label.empty() ? run.id : label;
}

SweepReport run_sweep(const std::vector<PlannedRun>& runs, const ResultsFolder& results,
                      const SweepOptions& options) {
  SweepReport report;
  std::vector<const PlannedRun*> waiting;
  for (const PlannedRun& run : runs) {
    const bool lacks_timeline = options.timeline && !results.has_timeline(run);
    const std::string damage = options.fresh ? "" : results.damage(run);
    if (!damage.empty()) std::fputs((damage + "; the run is done again\n").c_str(), stderr);
    if (options.fresh || !results.is_complete(run) || lacks_timeline) {
      waiting.push_back(&run);
    } else {
      ++report.complete;
    }
  }
  ProgressDisplay display(ProgressDisplay::mode_for(stderr, options.quiet), stderr, runs.size(),
                          report.complete);
  Sweep(results, options, display, report).run(std::move(waiting));
  return report;
}

}  // namespace gradwire::experiment
