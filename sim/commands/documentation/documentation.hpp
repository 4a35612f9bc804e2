#pragma once

#include "sim/commands/command_line.hpp"

namespace gradwire::commands {

/// Adds the hidden subcommand `documentation DIR`, by which the build makes manual pages and
/// completions of all commands of `app`.
void add_documentation(Command& app);

}  // namespace gradwire::commands
