#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/commands/command_line.hpp"
#include "sim/core/error.hpp"
#include "sim/core/standard_streams.hpp"
#include "sim/programs/child_program.hpp"
#include "sim/programs/serve_runs.hpp"
#include "sim/results/run_folder.hpp"
#include "sim/run/replay_scenario.hpp"

namespace gradwire {
namespace {

namespace fs = std::filesystem;

/// Cache of unpacked traces, for runs that replay the same trace. Dropped as a whole before a trace
/// is opened once it holds more than most_bytes.
class OpenTraces {
 public:
  /// Loads `file` before the run that replays it is forked. Ignores errors: the run reports them.
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
  /// The reader of `file`, at the first iteration. Throws InputError for a file that cannot be
  /// read.
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
  const ChildProgram program{
      .name = "gradwire-replay-one",
      .description = "One replay of a recorded run; started by gradwire replay.",
      .add_options =
          [&](commands::Command& app, results::RunFiles& files) {
            app.add_option("--trace", trace, "Recorded iterations")->required();
            app.add_option("--threads", threads, "That learned when it was recorded");
            const auto leave_out = [&] {
              summary_only = true;
              files.metrics = false;
              files.workers = false;
              files.graph = false;
            };
            app.add_flag_callback("--summary-only", leave_out, "Write no other file");
          },
      .run =
          [&](const auto& scenario, const auto& output, const auto& folder) {
            auto summary = run::replay_scenario(scenario, opened.of(trace), threads, output);
            summary.data = results::data_of_run(fs::path(trace).parent_path());
            if (!summary_only) results::share_trace(trace, folder);
            return summary;
          }};
  return run_child_main(program, argc, argv);
}

}  // namespace
}  // namespace gradwire

/// gradwire-replay-one FOLDER --trace FILE: replays recorded iterations on another network, without
/// LibTorch. `gradwire replay` starts gradwire-replay-one --serve RESULTS, which forks a process
/// per run.
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
