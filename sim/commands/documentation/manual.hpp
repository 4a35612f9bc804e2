#pragma once

#include <string>

#include "sim/commands/command_line.hpp"

namespace gradwire::commands {

/// The manual page (troff, section 1) of a command, from the same declarations as --help. `parent`:
/// its full name without the last word, as in "gradwire data"; empty for the whole program.
[[nodiscard]] std::string manual_page(const CommandText& command, const std::string& parent,
                                      const std::string& version);

/// Name of the page's file: "gradwire-data-fetch.1".
[[nodiscard]] std::string manual_name(const CommandText& command, const std::string& parent);

}  // namespace gradwire::commands
