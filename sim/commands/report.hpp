#pragma once

#include <CLI/CLI.hpp>

namespace gradwire::commands {

/// gradwire report RESULTS...: tables, figures and a page.
void add_report(CLI::App& app);

}  // namespace gradwire::commands
