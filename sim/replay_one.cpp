#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "sim/core/error.hpp"
#include "sim/experiment/replay_scenario.hpp"
#include "sim/experiment/run_folder.hpp"
#include "sim/one_run.hpp"
#include "sim/serve_runs.hpp"

namespace gradwire {
namespace {

namespace fs = std::filesystem;

/// The trace that was opened last, for runs that replay the same one after each other.
class OpenTrace {
 public:
  /// Before a run that will replay `file`; what is wrong with it is for the run to say.
  void open(const std::string& file) {
    std::error_code error;
    const fs::file_time_type date = fs::last_write_time(file, error);
    if (reader_ != nullptr && reader_->name() == file && date == date_) return;
    reader_.reset();
    date_ = date;
    try {
      reader_ = std::make_unique<TraceReader>(fs::path(file));
    } catch (const InputError&) {
    }
  }
  /// At its beginning.
  TraceReader& of(const std::string& file) {
    if (reader_ == nullptr || reader_->name() != file) {
      reader_ = std::make_unique<TraceReader>(fs::path(file));
    }
    return *reader_;
  }

 private:
  std::unique_ptr<TraceReader> reader_;
  fs::file_time_type date_;
};

int replay_one(OpenTrace& opened, int argc, char** argv) {
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
            const auto summary =
                experiment::replay_scenario(scenario, opened.of(trace), threads, output);
            experiment::share_trace(trace, folder);
            return summary;
          }};
  return do_one_run(program, argc, argv);
}

}  // namespace
}  // namespace gradwire

/// gradwire-replay-one FOLDER --trace FILE: sends recorded iterations through another network,
/// without LibTorch. What `gradwire replay` does each run with: gradwire-replay-one --serve.
int main(int argc, char** argv) {
  using namespace gradwire;
  OpenTrace opened;
  const auto replay = [&](int count, char** values) { return replay_one(opened, count, values); };
  if (argc != 2 || std::string_view(argv[1]) != "--serve") return replay(argc, argv);
  return serve_runs(argv[0], replay, [&](const std::vector<std::string>& arguments) {
    const auto option = std::ranges::find(arguments, "--trace");
    if (option != arguments.end() && option + 1 != arguments.end()) opened.open(*(option + 1));
  });
}
