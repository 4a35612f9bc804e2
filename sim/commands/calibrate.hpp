#pragma once

#include <CLI/CLI.hpp>

namespace gradwire::commands {

/// Adds the subcommand `calibrate`.
void add_calibrate(CLI::App& app);

}  // namespace gradwire::commands
