#include "sim/one_run.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <csignal>
#include <cstdio>

#include "sim/core/error.hpp"
#include "sim/core/error_text.hpp"
#include "sim/core/memory.hpp"
#include "sim/experiment/checkpoint.hpp"
#include "sim/experiment/progress_line.hpp"

namespace gradwire {
namespace {

/// At most ten lines a second, and the last one.
void report(const experiment::Progress& progress) {
  using Clock = std::chrono::steady_clock;
  static Clock::time_point last;
  const bool due = Clock::now() - last >= std::chrono::milliseconds(100);
  if (!due && !progress.ends) return;
  last = Clock::now();
  fmt::print("{}\n", experiment::progress_line(progress));
  std::fflush(stdout);
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
  experiment::RunFiles files;
  app.add_option("folder", folder, "Holds scenario.json")->required();
  app.add_flag("--timeline", files.timeline, "Write timeline.json too");
  program.add_options(app, files);
  CLI11_PARSE(app, argc, argv);
  try {
    keep_freed_memory();
    experiment::do_run_in(folder, files, report, program.run);
    return 0;
  } catch (const experiment::Stopped&) {
    return stopped_status;
  } catch (const InputError& error) {
    return fail(error.what(), 2);
  } catch (const std::exception& error) {
    return fail("gradwire: " + error_text(error), 1);
  }
}

}  // namespace gradwire
