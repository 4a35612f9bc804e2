#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <string>

#include "sim/core/standard_streams.hpp"
#include "sim/experiment/progress_line.hpp"
#include "sim/experiment/results_folder.hpp"
#include "sim/experiment/run_scenario.hpp"
#include "sim/one_run.hpp"

namespace {

volatile std::sig_atomic_t stop_asked = 0;

}  // namespace

/// gradwire-run-one FOLDER: learns. What `gradwire run` starts for each run: SimGrid keeps one
/// simulation a process.
int main(int argc, char** argv) {
  using namespace gradwire;
  open_standard_streams();
  std::string data;
  experiment::RunOptions options;
  std::signal(SIGTERM, [](int) { stop_asked = 1; });
  options.checkpoint.stop_asked = [] { return stop_asked != 0; };
  const OneRun program{
      .name = "gradwire-run-one",
      .description = "One run of a sweep; started by gradwire run.",
      .add_options =
          [&](CLI::App& app, experiment::RunFiles& /*files*/) {
            app.add_option("--data", data, "Folder of data sets, looked at first");
            app.add_option("--threads", options.threads, "That compute gradients");
            app.add_option("--checkpoint", options.checkpoint.file, "To go on from, and to write");
            app.add_option("--checkpoint-every", options.checkpoint.every, "Iterations");
          },
      .run =
          [&](const auto& scenario, const auto& output, const auto& folder) {
            if (!data.empty()) options.data = data;
            options.tell = [](const std::string& sentence) {
              fmt::print("{}{}\n", experiment::note_mark, sentence);
              std::fflush(stdout);
            };
            const auto result = experiment::run_scenario(scenario, options, output);
            experiment::write_atomically(folder / experiment::trace_file, result.trace);
            return result.summary;
          }};
  return do_one_run(program, argc, argv);
}
