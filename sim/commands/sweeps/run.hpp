#pragma once

#include "sim/commands/command_line.hpp"

namespace gradwire::commands {

/// Adds the subcommand `run EXPERIMENT.json`, which executes the runs that are not complete yet.
/// The callback sets `status` to the exit status.
void add_run(Command& app, int& status);

}  // namespace gradwire::commands
