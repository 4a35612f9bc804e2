#pragma once

#include "sim/commands/command_line.hpp"

namespace gradwire::commands {

/// Adds the subcommand `calibrate`.
void add_calibrate(Command& app);

}  // namespace gradwire::commands
