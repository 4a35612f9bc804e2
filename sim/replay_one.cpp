#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/core/error.hpp"
#include "sim/core/standard_streams.hpp"
#include "sim/experiment/replay_scenario.hpp"
#include "sim/experiment/run_folder.hpp"
#include "sim/one_run.hpp"
#include "sim/serve_runs.hpp"

namespace gradwire {
namespace {

namespace fs = std::filesystem;

/// Traces that runs before have replayed, for those that replay them again.
class OpenTraces {
 public:
  /// Before a run that will replay `file`; what is wrong with it is for the run to say.
  void open(const std::string& file) {
    std::error_code error;
    const fs::file_time_type date = fs::last_write_time(file, error);
    const auto known = traces_.find(file);
    if (known != traces_.end() && known->second.date == date) return;
    if (bytes_ > most_bytes) forget();
    try {
      auto reader = std::make_unique<TraceReader>(fs::path(file));
      bytes_ += reader->bytes();
      traces_[file] = {.date = date, .reader = std::move(reader)};
    } catch (const InputError&) {
      traces_.erase(file);
    }
  }
  /// At its beginning.
  TraceReader& of(const std::string& file) {
    const auto known = traces_.find(file);
    if (known != traces_.end()) return *known->second.reader;
    return *(traces_[file].reader = std::make_unique<TraceReader>(fs::path(file)));
  }

 private:
  struct Trace {
    fs::file_time_type date;
    std::unique_ptr<TraceReader> reader;
  };
  static constexpr std::size_t most_bytes = std::size_t{256} << 20;

  void forget() {
    traces_.clear();
    bytes_ = 0;
  }

  std::map<std::string, Trace> traces_;
  std::size_t bytes_ = 0;
};

int replay_one(OpenTraces& opened, int argc, char** argv) {
  std::string trace;
  int threads = 1;
  bool summary_only = false;
  const OneRun program{
      .name = "gradwire-replay-one",
      .description = "One replay of a recorded run; started by gradwire replay.",
      .add_options =
          [&](CLI::App& app, experiment::RunFiles& files) {
            app.add_option("--trace", trace, "Recorded iterations")->required();
            app.add_option("--threads", threads, "That learned when it was recorded");
            const auto leave_out = [&] {
              summary_only = true;
              files.metrics = false;
            };
            app.add_flag_callback("--summary-only", leave_out, "Write no other file");
          },
      .run =
          [&](const auto& scenario, const auto& output, const auto& folder) {
            auto summary = experiment::replay_scenario(scenario, opened.of(trace), threads, output);
            summary.data = experiment::data_of_run(fs::path(trace).parent_path());
            if (!summary_only) experiment::share_trace(trace, folder);
            return summary;
          }};
  return do_one_run(program, argc, argv);
}

}  // namespace
}  // namespace gradwire

/// gradwire-replay-one FOLDER --trace FILE: sends recorded iterations through another network,
/// without LibTorch. What `gradwire replay` starts: gradwire-replay-one --serve RESULTS.
int main(int argc, char** argv) {
  using namespace gradwire;
  open_standard_streams();
  OpenTraces opened;
  const auto replay = [&](int count, char** values) { return replay_one(opened, count, values); };
  if (argc < 2 || std::string_view(argv[1]) != "--serve") return replay(argc, argv);
  return serve_runs(argv[0], replay, [&](const std::vector<std::string>& arguments) {
    const auto option = std::ranges::find(arguments, "--trace");
    if (option != arguments.end() && option + 1 != arguments.end()) opened.open(*(option + 1));
  });
}
