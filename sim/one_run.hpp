#pragma once

#include <functional>
#include <string>

#include "sim/experiment/run_folder.hpp"

namespace CLI {
class App;
}

namespace gradwire {

/// One of the two programs that do one run: options, and what they do.
struct OneRun {
  std::string name;
  std::string description;
  /// Of its own; some may say which files are wanted.
  std::function<void(CLI::App&, experiment::RunFiles&)> add_options;
  experiment::DoRun run;
};

/// PROGRAM FOLDER: does FOLDER/scenario.json and writes metrics.csv, trace.bin, summary.json and
/// perhaps timeline.json beside it. Gives the exit status; what went wrong is on both outputs.
int do_one_run(const OneRun& program, int argc, char** argv);

}  // namespace gradwire
