#pragma once

#include <string>

#include "sim/sweep/experiment_file.hpp"

namespace gradwire::commands {

/// Checks, for each run of the plan that learns with an external model, that its program is found
/// and that the files named by its command are those of `model.digest`. Starts nothing. Throws
/// InputError at the setting in `file`.
void require_commands(const sweep::Plan& plan, const std::string& file);

/// Whether a run of the plan learns with an external model.
[[nodiscard]] bool has_external_model(const sweep::Plan& plan);

}  // namespace gradwire::commands
