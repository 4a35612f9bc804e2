#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "sim/core/error.hpp"
#include "sim/core/memory.hpp"
#include "sim/experiment/progress_line.hpp"
#include "sim/experiment/results_folder.hpp"
#include "sim/experiment/run_scenario.hpp"
#include "sim/experiment/scenario_json.hpp"

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

struct Options {
  std::string folder;
  std::string data;
  int threads = 1;
};

void run_one(const Options& options) {
  keep_freed_memory();
  const fs::path folder = options.folder;
  const auto scenario = experiment::load_scenario(folder / "scenario.json");
  Appender metrics(folder / "metrics.csv");
  experiment::RunOptions run_options{.data = std::nullopt, .threads = options.threads};
  if (!options.data.empty()) run_options.data = options.data;
  const experiment::Summary summary = experiment::run_scenario(
      scenario, run_options,
      {.metrics = [&](const std::string& text) { metrics(text); }, .progress = report});
  experiment::write_atomically(folder / "summary.json",
                               experiment::to_json(summary).dump(2) + "\n");
}

/// Says it in the log and to the parent, who is also there when the log's disk is full.
int fail(const std::string& message, int status) {
  std::fputs((message + "\n").c_str(), stderr);
  std::fputs((message + "\n").c_str(), stdout);
  return status;
}

}  // namespace
}  // namespace gradwire

/// gradwire-run-one FOLDER: runs FOLDER/scenario.json and writes metrics.csv and summary.json
/// beside it. What `gradwire run` starts for each run: SimGrid keeps one simulation a process.
int main(int argc, char** argv) {
  CLI::App app("One run of a sweep; started by gradwire run.", "gradwire-run-one");
  gradwire::Options options;
  app.add_option("folder", options.folder, "Holds scenario.json")->required();
  app.add_option("--data", options.data, "Folder of data sets, looked at first");
  app.add_option("--threads", options.threads, "That compute gradients");
  CLI11_PARSE(app, argc, argv);
  try {
    gradwire::run_one(options);
    return 0;
  } catch (const gradwire::InputError& error) {
    return gradwire::fail(error.what(), 2);
  } catch (const std::exception& error) {
    return gradwire::fail(std::string("gradwire: ") + error.what(), 1);
  }
}
