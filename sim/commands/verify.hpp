#pragma once

#include "sim/commands/command_line.hpp"

namespace gradwire::commands {

/// Adds the subcommand `verify RESULTS...`. The callback sets `status` to the exit status.
void add_verify(Command& app, int& status);

}  // namespace gradwire::commands
