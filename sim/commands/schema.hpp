#pragma once

#include "sim/commands/command_line.hpp"

namespace gradwire::commands {

/// Adds the subcommand `schema`, which prints the JSON schema of experiment files or, with
/// --results, the columns of the results' files; with --markdown, a reference of either.
void add_schema(Command& app);

}  // namespace gradwire::commands
