#include "sim/sweep/sweep_runner.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iterator>
#include <list>
#include <memory>
#include <set>
#include <thread>
#include <utility>

#include "sim/sweep/progress_display.hpp"
#include "sim/sweep/progress_line.hpp"
#include "sim/sweep/run_failure.hpp"
#include "sim/sweep/run_process.hpp"

namespace gradwire::sweep {
namespace {

namespace fs = std::filesystem;

struct ActiveRun {
  const scenario::PlannedRun* run;
  fs::path folder;
  std::unique_ptr<RunProcess> process;
  std::string words{};  ///< the last line of output that is not progress
};

std::vector<std::string> child_arguments(const scenario::PlannedRun& run, const fs::path& folder,
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
  Sweep(const results::ResultsFolder& results, const SweepOptions& options,
        ProgressDisplay& display, SweepReport& report)
      : results_(results), options_(options), display_(display), report_(report) {}
  ~Sweep() { stop(); }
  Sweep(const Sweep&) = delete;
  Sweep& operator=(const Sweep&) = delete;

  void run(std::vector<const scenario::PlannedRun*> waiting) {
    const InterruptGuard guard;
    std::ranges::reverse(waiting);
    while (!waiting.empty() || !active_.empty() || !ended_.empty() || !elsewhere_.empty()) {
      while (!waiting.empty() && active_.size() < static_cast<std::size_t>(options_.jobs)) {
        start_or_settle(*waiting.back());
        waiting.pop_back();
      }
      settle();  // while the next runs execute
      if (active_.empty() && waiting.empty() && !elsewhere_.empty()) {
        wait_for_others();
        waiting.swap(elsewhere_);
      } else if (!active_.empty()) {
        listen();
      }
      if (InterruptGuard::signal() != 0) return interrupt();  // else counted as failures
      results_.require_claims();
      collect();
    }
  }

 private:
  /// Settles the ended runs before it rethrows, so that their results are not lost if this run
  /// cannot be started.
  void start_or_settle(const scenario::PlannedRun& run) {
    try {
      start(run);
    } catch (...) {
      settle();
      throw;
    }
  }

  void start(const scenario::PlannedRun& run) {
    if (was_completed_by_others(run)) return;
    if (const auto other = results_.claim(run)) return leave_to(*other, run);
    fs::path folder = results_.begin(run);
    // Looked at again under the claim, and after a change of the folder, so that a network file
    // system does not answer from its memory.
    if (was_completed_by_others(run)) return results_.discard(run, folder, false);
    if (options_.fresh) fs::remove(results_.checkpoint(run));
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

  /// Whether another shard completed a run that this one was to do.
  bool was_completed_by_others(const scenario::PlannedRun& run) {
    if (!results_.is_shared() || repeats(run) || !results_.is_complete(run)) return false;
    ++report_.complete;
    display_.done_elsewhere(label_of(run));
    return true;
  }

  [[nodiscard]] bool repeats(const scenario::PlannedRun& run) const {
    return options_.fresh || (options_.timeline && !results_.has_timeline(run));
  }

  /// Puts a run aside that another process has claimed.
  void leave_to(const results::Claims::Holder& other, const scenario::PlannedRun& run) {
    elsewhere_.push_back(&run);
    const bool alive = other.liveness == results::Liveness::alive;
    const auto [silent, allowed] = results_.silence_of(other.process);
    if (!alive && silent < allowed / 4.0) return;  // too early to say anything
    if (!told_.emplace(other.process.text(), alive).second) return;
    const std::string what = fmt::format("{} ({}) is claimed by another gradwire ({})", run.id,
                                         label_of(run), other.process.shown());
    if (alive) return display_.remark(what + ", which is at work; waiting for it");
    display_.remark(
        fmt::format("{}, silent for {:.0f} s; its runs are taken over after {:.0f} s, or "
                    "at once after: rm '{}'",
                    what, silent, allowed,
                    (results_.root() / results::claims_folder / other.process.text()).string()));
  }

  /// Waits a moment before the claims of other processes are looked at again.
  static void wait_for_others() {
    constexpr int most_waits = 10;
    for (int i = 0; i < most_waits && InterruptGuard::signal() == 0; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  }

  std::unique_ptr<RunProcess> process_for(const scenario::PlannedRun& run) {
    if (!run.recorded) return std::make_unique<RunProcess>(RunProcess::Kind::learns);
    if (idle_.empty()) return std::make_unique<RunProcess>(RunProcess::Kind::replays);
    std::unique_ptr<RunProcess> process = std::move(idle_.back());
    idle_.pop_back();
    return process;
  }

  /// Reads the output of the active runs; waits at most 0.1 s.
  void listen() {
    std::vector<pollfd> inputs;
    for (const ActiveRun& active : active_) inputs.push_back({active.process->output(), POLLIN, 0});
    // poll() ignores a closed output, but its process is about to end: poll again after 1 ms.
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
        show_progress(*active);  // the rest of its output
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
    const scenario::PlannedRun& run = *active.run;
    std::string verdict;
    if (status == 0 && results_.is_shared() && !repeats(run) && results_.is_complete(run)) {
      // Another process had taken this one for dead.
      ++report_.complete;
      display_.ended(run.id, "completed by another gradwire, too");
      return results_.discard(run, active.folder, false);
    }
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
    wait_for_checkpoints();
    stop();
  }

  /// Asks the active runs to end (SIGTERM) and waits for them; those that learn write a checkpoint
  /// at the end of the current iteration. A second signal, or two minutes, ends the wait.
  void wait_for_checkpoints() {
    using Clock = std::chrono::steady_clock;
    const auto end = Clock::now() + std::chrono::minutes(2);
    const int before = InterruptGuard::count();
    for (ActiveRun& active : active_) active.process->terminate();
    const auto running = [](ActiveRun& active) { return !active.process->exit_status(); };
    while (!active_.empty() && Clock::now() < end && InterruptGuard::count() == before) {
      for (ActiveRun& active : active_) active.process->read_lines();  // or a full pipe blocks it
      std::erase_if(active_, [&](ActiveRun& active) {
        const bool ended = !running(active);
        if (ended) results_.discard(*active.run, active.folder, false);
        return ended;
      });
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }

  /// Kills the active runs and discards them and the runs not settled yet.
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

  const results::ResultsFolder& results_;
  const SweepOptions& options_;
  ProgressDisplay& display_;
  SweepReport& report_;
  std::list<ActiveRun> active_;
  std::list<ActiveRun> ended_;                          ///< but not settled yet
  std::list<int> statuses_;                             ///< exit statuses of ended_
  std::vector<const scenario::PlannedRun*> elsewhere_;  ///< claimed by other processes
  std::set<std::pair<std::string, bool>> told_;         ///< processes, and whether they were alive
  std::vector<std::unique_ptr<RunProcess>> idle_;       ///< replay processes without a run
};

std::string label_of_axis(const std::string& path, const scenario::Json& value) {
  if (value.is_object() && value.contains("name")) return value.at("name").get<std::string>();
  return path + " " + (value.is_string() ? value.get<std::string>() : value.dump());
}

}  // namespace

std::string label_of(const scenario::PlannedRun& run) {
  std::string label;
  for (const auto& [path, value] : run.axes) {
    if (!label.empty()) label += ", ";
    label += label_of_axis(path, value);
  }
  return label.empty() ? run.id : label;
}

SweepReport run_sweep(const std::vector<scenario::PlannedRun>& runs,
                      const results::ResultsFolder& results, const SweepOptions& options) {
  SweepReport report;
  std::vector<const scenario::PlannedRun*> waiting;
  for (const scenario::PlannedRun& run : runs) {
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

}  // namespace gradwire::sweep
