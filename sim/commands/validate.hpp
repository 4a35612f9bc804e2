#pragma once

#include "sim/commands/command_line.hpp"

namespace gradwire::commands {

/// Adds the subcommand `validate EXPERIMENT.json`, which lists the runs that `run` would execute.
/// The callback throws InputError for invalid input.
/// Sets `status`: 1 if recorded runs cannot be replayed as planned.
void add_validate(Command& app, int& status);

}  // namespace gradwire::commands
