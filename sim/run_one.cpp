#include <CLI/CLI.hpp>
#include <string>

#include "sim/experiment/results_folder.hpp"
#include "sim/experiment/run_scenario.hpp"
#include "sim/one_run.hpp"

/// gradwire-run-one FOLDER: learns. What `gradwire run` starts for each run: SimGrid keeps one
/// simulation a process.
int main(int argc, char** argv) {
  using namespace gradwire;
  std::string data;
  experiment::RunOptions options;
  const OneRun program{
      .name = "gradwire-run-one",
      .description = "One run of a sweep; started by gradwire run.",
      .add_options =
          [&](CLI::App& app) {
            app.add_option("--data", data, "Folder of data sets, looked at first");
            app.add_option("--threads", options.threads, "That compute gradients");
          },
      .run =
          [&](const auto& scenario, const auto& output, const auto& folder) {
            if (!data.empty()) options.data = data;
            const auto result = experiment::run_scenario(scenario, options, output);
            experiment::write_atomically(folder / experiment::trace_file, result.trace);
            return result.summary;
          }};
  return do_one_run(program, argc, argv);
}
