#pragma once

#include "sim/commands/command_line.hpp"

namespace gradwire::commands {

/// Adds the subcommand `replay RESULTS...`. The callback sets `status` to the exit status.
void add_replay(Command& app, int& status);

}  // namespace gradwire::commands
