#include "sim/programs/child_program.hpp"

#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <cstdio>

#include "sim/commands/command_line.hpp"
#include "sim/core/error.hpp"
#include "sim/core/error_text.hpp"
#include "sim/kernels/allocator.hpp"
#include "sim/run/checkpoint.hpp"
#include "sim/sweep/progress_line.hpp"

namespace gradwire {
namespace {

/// Prints a progress line, at most ten per second; always prints the last one.
void report(const results::Progress& progress) {
  using Clock = std::chrono::steady_clock;
  static Clock::time_point last;
  const bool due = Clock::now() - last >= std::chrono::milliseconds(100);
  if (!due && !progress.ends) return;
  last = Clock::now();
  fmt::print("{}\n", sweep::progress_line(progress));
  std::fflush(stdout);
}

/// The exit status of a process that SIGTERM has ended.
constexpr int stopped_status = 128 + SIGTERM;

/// Writes the error to the log and to the parent, which receives it even if the disk of the log is
/// full. Returns `status`.
int fail(const std::string& message, int status) {
  std::fputs((message + "\n").c_str(), stderr);
  std::fputs((message + "\n").c_str(), stdout);
  return status;
}

}  // namespace

int run_child_main(const ChildProgram& program, int argc, char** argv) {
  commands::Command app(program.description, program.name);
  std::string folder;
  results::RunFiles files;
  app.add_option("folder", folder, "Holds scenario.json")->required();
  app.add_flag("--timeline", files.timeline, "Write timeline.json too");
  program.add_options(app, files);
  if (const auto status = app.parse(argc, argv)) return *status;
  try {
    tune_allocator();
    results::execute_run(folder, files, report, program.run);
    return 0;
  } catch (const run::Stopped&) {
    return stopped_status;
  } catch (const InputError& error) {
    return fail(error.what(), 2);
  } catch (const std::exception& error) {
    return fail("gradwire: " + error_text(error), 1);
  }
}

}  // namespace gradwire
