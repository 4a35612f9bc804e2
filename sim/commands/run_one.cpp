#include "sim/commands/run_one.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

#include "sim/core/error.hpp"
#include "sim/core/memory.hpp"
#include "sim/experiment/progress_line.hpp"
#include "sim/experiment/results_folder.hpp"
#include "sim/experiment/run_scenario.hpp"
#include "sim/experiment/scenario_json.hpp"

namespace gradwire::commands {
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

}  // namespace

void add_run_one(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("run-one", "")->group("");
  command->add_option("folder", options->folder)->required();
  command->add_option("--data", options->data);
  command->add_option("--threads", options->threads);
  command->callback([options] { run_one(*options); });
}

}  // namespace gradwire::commands
