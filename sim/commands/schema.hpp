#pragma once

#include <CLI/CLI.hpp>

namespace gradwire::commands {

/// gradwire schema: the JSON schema of experiment files; --markdown: the reference of settings.
void add_schema(CLI::App& app);

}  // namespace gradwire::commands
