#pragma once

#include <CLI/CLI.hpp>

namespace gradwire::commands {

/// gradwire verify RESULTS...
void add_verify(CLI::App& app, int& status);

}  // namespace gradwire::commands
