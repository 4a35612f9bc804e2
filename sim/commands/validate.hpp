#pragma once

#include <CLI/CLI.hpp>

namespace gradwire::commands {

/// gradwire validate EXPERIMENT.json: the runs that it would start. Bad input leaves the parsing as
/// InputError.
void add_validate(CLI::App& app);

}  // namespace gradwire::commands
