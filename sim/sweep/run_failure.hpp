#pragma once

#include <filesystem>
#include <string>

namespace gradwire::sweep {

/// The reason for a failed run, in one line: the last line of its log, else its last output
/// `words`, or the signal that killed it. `status` is its exit status, or 128 + a signal.
[[nodiscard]] std::string failure_text(int status, const std::filesystem::path& log,
                                       const std::string& words);

/// The critical message of SimGrid in the log of a process that it aborted; empty if there is none.
[[nodiscard]] std::string simgrid_critical_message(const std::filesystem::path& log);

}  // namespace gradwire::sweep
