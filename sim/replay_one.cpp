#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>

#include "sim/experiment/replay_scenario.hpp"
#include "sim/experiment/run_folder.hpp"
#include "sim/one_run.hpp"

/// gradwire-replay-one FOLDER --trace FILE: sends recorded iterations through another network,
/// without LibTorch. What `gradwire replay` starts for each run.
int main(int argc, char** argv) {
  using namespace gradwire;
  std::string trace;
  int threads = 1;
  const OneRun program{
      .name = "gradwire-replay-one",
      .description = "One replay of a recorded run; started by gradwire replay.",
      .add_options =
          [&](CLI::App& app) {
            app.add_option("--trace", trace, "Recorded iterations")->required();
            app.add_option("--threads", threads, "That learned when it was recorded");
          },
      .run =
          [&](const auto& scenario, const auto& output, const auto& folder) {
            TraceReader reader{std::filesystem::path(trace)};
            const auto summary = experiment::replay_scenario(scenario, reader, threads, output);
            experiment::share_trace(trace, folder);
            return summary;
          }};
  return do_one_run(program, argc, argv);
}
