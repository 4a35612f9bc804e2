#pragma once

#include <CLI/CLI.hpp>

namespace gradwire::commands {

/// gradwire data check [NAME]. `status` becomes the exit status.
void add_data(CLI::App& app, int& status);

}  // namespace gradwire::commands
