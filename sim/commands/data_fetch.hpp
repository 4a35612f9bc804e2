#pragma once

#include <CLI/CLI.hpp>

namespace gradwire::commands {

/// gradwire data fetch [NAME]...: checks what was typed and becomes gradwire-fetch.
void add_data_fetch(CLI::App& data);

}  // namespace gradwire::commands
