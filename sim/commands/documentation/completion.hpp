#pragma once

#include <string>
#include <vector>

#include "sim/commands/command_line.hpp"

namespace gradwire::commands {

/// Completion of commands, options, files and folders, and of settings after --set and --filter,
/// from the same declarations as --help. `settings`: dotted paths.
[[nodiscard]] std::string bash_completion(const CommandText& program,
                                          const std::vector<std::string>& settings);
[[nodiscard]] std::string zsh_completion(const CommandText& program,
                                         const std::vector<std::string>& settings);

}  // namespace gradwire::commands
