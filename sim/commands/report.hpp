#pragma once

#include "sim/commands/command_line.hpp"

namespace gradwire::commands {

/// Adds the subcommand `report RESULTS...`, which writes tables, figures and a page.
void add_report(Command& app);

}  // namespace gradwire::commands
