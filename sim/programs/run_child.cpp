#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <string>

#include "sim/commands/command_line.hpp"
#include "sim/core/standard_streams.hpp"
#include "sim/programs/child_program.hpp"
#include "sim/results/results_folder.hpp"
#include "sim/run/run_scenario.hpp"
#include "sim/scenario/model_file.hpp"
#include "sim/sweep/progress_line.hpp"

namespace {

volatile std::sig_atomic_t stop_requested = 0;

/// Throws InputError where the model's file is not the one of the scenario.json in `folder`.
void require_model(gradwire::scenario::Scenario scenario, const std::filesystem::path& folder) {
  using namespace gradwire::scenario;
  const SourceMap source_map{.file = (folder / "scenario.json").string(), .moved = {}};
  DigestCache cache;
  resolve_model(scenario, folder, JsonLocation(source_map), cache);
}

}  // namespace

/// gradwire-run-one FOLDER: trains. `gradwire run` starts one such process per run, because SimGrid
/// allows one simulation per process.
int main(int argc, char** argv) {
  using namespace gradwire;
  open_standard_streams();
  std::string data;
  run::RunOptions options;
  std::signal(SIGTERM, [](int) { stop_requested = 1; });
  options.checkpoint.stop_requested = [] { return stop_requested != 0; };
  const ChildProgram program{
      .name = "gradwire-run-one",
      .description = "One run of a sweep; started by gradwire run.",
      .add_options =
          [&](commands::Command& app, results::RunFiles& /*files*/) {
            app.add_option("--data", data, "Folder of data sets, looked at first");
            app.add_option("--threads", options.threads, "That compute gradients");
            app.add_option("--checkpoint", options.checkpoint.file, "To go on from, and to write");
            app.add_option("--checkpoint-every", options.checkpoint.every, "Iterations");
          },
      .run =
          [&](const auto& scenario, const auto& output, const auto& folder) {
            require_model(scenario, folder);
            if (!data.empty()) options.data = data;
            options.tell = [](const std::string& sentence) {
              fmt::print("{}{}\n", sweep::note_mark, sentence);
              std::fflush(stdout);
            };
            const auto result = run::run_scenario(scenario, options, output);
            results::write_atomically(folder / results::trace_file, result.trace);
            return result.summary;
          }};
  return run_child_main(program, argc, argv);
}
