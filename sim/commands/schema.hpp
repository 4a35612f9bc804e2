#pragma once

#include "sim/commands/command_line.hpp"

namespace gradwire::commands {

/// Adds the subcommand `schema`, which prints the JSON schema of experiment files or, with
/// --markdown, the reference of all settings.
void add_schema(Command& app);

}  // namespace gradwire::commands
