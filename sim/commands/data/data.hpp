#pragma once

#include "sim/commands/command_line.hpp"

namespace gradwire::commands {

/// Adds the subcommand `data` with `check [NAME]` and `fetch` (data_fetch.hpp). The callback of
/// `check` sets `status` to the exit status.
void add_data(Command& app, int& status);

}  // namespace gradwire::commands
