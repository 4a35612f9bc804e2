#pragma once

#include <string>
#include <vector>

namespace gradwire::commands {

/// What a program wrote, and how it ended.
struct ProgramOutput {
  int status = 0;      ///< exit status, or 128 + a signal; 127 if the program was not found
  std::string output;  ///< standard output
  std::string errors;  ///< standard error
};

/// Runs a program found on PATH to its end. Throws SystemError if it cannot be started.
[[nodiscard]] ProgramOutput run_program(std::vector<std::string> words);

}  // namespace gradwire::commands
