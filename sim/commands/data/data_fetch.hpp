#pragma once

#include "sim/commands/command_line.hpp"

namespace gradwire::commands {

/// Adds the subcommand `fetch [NAME]...`: validates the arguments, then replaces the process by
/// gradwire-fetch (exec).
void add_data_fetch(Command& data);

}  // namespace gradwire::commands
