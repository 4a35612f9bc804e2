#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>
#include <system_error>

#include "sim/experiment/replay_scenario.hpp"
#include "sim/experiment/results_folder.hpp"
#include "sim/one_run.hpp"

namespace {

/// The same file under another name where the disk can do that, else a copy.
void share_file(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::error_code refused;
  std::filesystem::create_hard_link(from, to, refused);
  if (refused) std::filesystem::copy_file(from, to);
}

}  // namespace

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
            share_file(trace, folder / experiment::trace_file);
            return summary;
          }};
  return do_one_run(program, argc, argv);
}
