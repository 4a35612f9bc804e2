#pragma once

#include <CLI/CLI.hpp>

namespace gradwire::commands {

/// gradwire data check [NAME], and fetch (data_fetch.hpp). `status` becomes the exit status.
void add_data(CLI::App& app, int& status);

}  // namespace gradwire::commands
