#include "sim/one_run.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fstream>
#include <optional>

#include "sim/core/error.hpp"
#include "sim/core/memory.hpp"
#include "sim/experiment/checkpoint.hpp"
#include "sim/experiment/progress_line.hpp"
#include "sim/experiment/results_folder.hpp"
#include "sim/experiment/scenario_json.hpp"
#include "sim/experiment/timeline.hpp"

namespace gradwire {
namespace {

namespace fs = std::filesystem;

/// Appends text to a file and never says it has when it has not.
class Appender {
 public:
  explicit Appender(fs::path path) : path_(std::move(path)), file_(path_, std::ios::binary) {
    check();
  }
  void operator()(const std::string& text) {
    file_ << text << std::flush;
    check();
  }

 private:
  void check() {
    if (!file_) {
      throw SystemError(fmt::format("{}: cannot write: {}", path_.string(), std::strerror(errno)));
    }
  }
  fs::path path_;
  std::ofstream file_;
};

/// At most ten lines a second, and the last one.
void report(const experiment::Progress& progress) {
  using Clock = std::chrono::steady_clock;
  static Clock::time_point last;
  const bool due = Clock::now() - last >= std::chrono::milliseconds(100);
  if (!due && progress.iteration != progress.iterations) return;
  last = Clock::now();
  fmt::print("{}\n", experiment::progress_line(progress));
  std::fflush(stdout);
}

/// A timeline.json in a folder.
class TimelineFile {
 public:
  TimelineFile(const fs::path& folder, int workers)
      : file_(folder / "timeline.json"),
        timeline_(workers, [this](const std::string& text) { file_(text); }) {}
  void add(const IterationRecord& record) { timeline_.add(record); }
  void finish() { timeline_.finish(); }

 private:
  Appender file_;
  experiment::Timeline timeline_;
};

void run(const OneRun& program, const fs::path& folder, bool with_timeline) {
  keep_freed_memory();
  const auto scenario = experiment::load_scenario(folder / "scenario.json");
  Appender metrics(folder / "metrics.csv");
  std::optional<TimelineFile> timeline;
  experiment::RunOutput output{.metrics = [&](const std::string& text) { metrics(text); },
                               .progress = report,
                               .iteration = nullptr};
  if (with_timeline) {
    timeline.emplace(folder, scenario.workers);
    output.iteration = [&](const IterationRecord& record) { timeline->add(record); };
  }
  const experiment::Summary summary = program.run(scenario, output, folder);
  if (timeline) timeline->finish();
  experiment::write_atomically(folder / "summary.json",
                               experiment::to_json(summary).dump(2) + "\n");
}

/// As if the signal had ended it at once.
constexpr int stopped_status = 128 + SIGTERM;

/// Says it in the log and to the parent, who is also there when the log's disk is full.
int fail(const std::string& message, int status) {
  std::fputs((message + "\n").c_str(), stderr);
  std::fputs((message + "\n").c_str(), stdout);
  return status;
}

}  // namespace

int do_one_run(const OneRun& program, int argc, char** argv) {
  CLI::App app(program.description, program.name);
  std::string folder;
  bool timeline = false;
  app.add_option("folder", folder, "Holds scenario.json")->required();
  app.add_flag("--timeline", timeline, "Write timeline.json too");
  program.add_options(app);
  CLI11_PARSE(app, argc, argv);
  try {
    run(program, folder, timeline);
    return 0;
  } catch (const experiment::Stopped&) {
    return stopped_status;
  } catch (const InputError& error) {
    return fail(error.what(), 2);
  } catch (const std::exception& error) {
    return fail(std::string("gradwire: ") + error.what(), 1);
  }
}

}  // namespace gradwire
