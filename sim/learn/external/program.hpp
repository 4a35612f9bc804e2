#pragma once

#include <filesystem>

#include "sim/learn/config.hpp"

namespace gradwire::learn::external {

/// The program of a command: its first word as a path relative to the command's folder if it
/// contains a slash, else searched for in $PATH. Throws InputError without a place if the folder or
/// the program is missing or is not executable.
[[nodiscard]] std::filesystem::path find_program(const ExternalConfig& config);

}  // namespace gradwire::learn::external
