#pragma once

#include <CLI/CLI.hpp>

namespace gradwire::commands {

/// gradwire run EXPERIMENT.json: runs what is not complete yet. `status` becomes the exit status.
void add_run(CLI::App& app, int& status);

}  // namespace gradwire::commands
