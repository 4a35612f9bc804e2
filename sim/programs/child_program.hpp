#pragma once

#include <functional>
#include <string>

#include "sim/commands/command_line.hpp"
#include "sim/results/run_folder.hpp"

namespace gradwire {

/// Name, options and action of a program that executes one run: gradwire-run-one or
/// gradwire-replay-one.
struct ChildProgram {
  std::string name;
  std::string description;
  /// Adds the program's own options; an option may change which files are written.
  std::function<void(commands::Command&, results::RunFiles&)> add_options;
  results::RunFunction run;
};

/// Main function of PROGRAM FOLDER: executes FOLDER/scenario.json and writes metrics.csv,
/// workers.csv, trace.bin, summary.json and, on request, timeline.json into FOLDER. Returns the
/// exit status; errors are written to both output streams.
int run_child_main(const ChildProgram& program, int argc, char** argv);

}  // namespace gradwire
