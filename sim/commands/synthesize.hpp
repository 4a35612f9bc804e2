#pragma once

#include <CLI/CLI.hpp>

namespace gradwire::commands {

/// gradwire synthesize EXPERIMENT.json
void add_synthesize(CLI::App& app, int& status);

}  // namespace gradwire::commands
