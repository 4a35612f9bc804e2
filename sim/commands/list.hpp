#pragma once

#include "sim/commands/command_line.hpp"

namespace gradwire::commands {

/// Adds the subcommand `list`: algorithms, models, datasets, platforms, hosts.
void add_list(Command& app);

}  // namespace gradwire::commands
