#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "sim/experiment/run_output.hpp"
#include "sim/experiment/scenario.hpp"
#include "sim/experiment/summary.hpp"

namespace CLI {
class App;
}

namespace gradwire {

/// One of the two programs that do one run: options, and what they do.
struct OneRun {
  std::string name;
  std::string description;
  std::function<void(CLI::App&)> add_options;
  /// Does the run, and writes its trace into the folder.
  std::function<experiment::Summary(const experiment::Scenario&, const experiment::RunOutput&,
                                    const std::filesystem::path& folder)>
      run;
};

/// PROGRAM FOLDER: does FOLDER/scenario.json and writes metrics.csv, trace.bin, summary.json and
/// perhaps timeline.json beside it. Gives the exit status; what went wrong is on both outputs.
int do_one_run(const OneRun& program, int argc, char** argv);

}  // namespace gradwire
