#pragma once

#include <CLI/CLI.hpp>

namespace gradwire::commands {

/// gradwire list algorithms|models|datasets|platforms.
void add_list(CLI::App& app);

}  // namespace gradwire::commands
