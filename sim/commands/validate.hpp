#pragma once

#include "sim/commands/command_line.hpp"

namespace gradwire::commands {

/// Adds the subcommand `validate EXPERIMENT.json`, which lists the runs that `run` would execute.
/// The callback throws InputError for invalid input.
void add_validate(Command& app);

}  // namespace gradwire::commands
