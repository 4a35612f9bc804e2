#pragma once

#include "sim/commands/command_line.hpp"

namespace gradwire::commands {

/// Adds the subcommand `synthesize EXPERIMENT.json`. The callback sets `status` to the exit status.
void add_synthesize(Command& app, int& status);

}  // namespace gradwire::commands
