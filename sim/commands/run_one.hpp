#pragma once

#include <CLI/CLI.hpp>

namespace gradwire::commands {

/// gradwire run-one FOLDER: what `run` starts for each run, in a process of its own. Hidden.
void add_run_one(CLI::App& app);

}  // namespace gradwire::commands
