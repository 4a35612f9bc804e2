#pragma once

#include "sim/commands/command_line.hpp"

namespace gradwire::commands {

/// Adds the subcommands `status DIR`, which tells how far the runs of a results folder are, and
/// `index DIR`, which writes its runs.csv anew.
void add_status(Command& app, int& status);
void add_index(Command& app);

}  // namespace gradwire::commands
