#pragma once

#include <CLI/CLI.hpp>

namespace gradwire::commands {

/// gradwire replay RESULTS...
void add_replay(CLI::App& app, int& status);

}  // namespace gradwire::commands
