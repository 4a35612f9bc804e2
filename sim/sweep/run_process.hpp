#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sim/sweep/child_process.hpp"

namespace gradwire::sweep {

/// Executes runs one after another, each in a process of its own that dies with this one. A run
/// that learns is started by exec. Replays are forked from a server process that has loaded the
/// simulator once: loading takes longer than replaying, and without LibTorch there are no threads
/// that a forked process would lack (D36).
class RunProcess {
 public:
  enum class Kind { learns, replays };
  explicit RunProcess(Kind kind) : kind_(kind) {}

  /// Starts a run with the arguments of the program that executes it. Throws SystemError if it
  /// cannot be started.
  void begin(std::vector<std::string> arguments, const std::filesystem::path& log);

  /// File descriptor to poll() for input; -1 after the end of the output.
  [[nodiscard]] int output() const { return process_ ? process_->output() : -1; }
  /// Complete lines received since the last call; does not block.
  std::vector<std::string> read_lines();
  /// Asks the run to end (SIGTERM).
  void terminate() const;
  /// The exit status of the run, or 128 + the signal that killed it; none while it runs.
  std::optional<int> exit_status();

 private:
  [[nodiscard]] std::filesystem::path program() const;

  Kind kind_;
  std::optional<ChildProcess> process_;  ///< the run, or the server process that forks it
  std::optional<int> status_;            ///< of the newest run, once reported by the server process
};

/// Protocol of the server process, one line per message: a request to execute a run, and, starting
/// with ended_mark, the exit status of the last run.
struct RunRequest {
  std::vector<std::string> arguments;
  std::string log;
};
[[nodiscard]] std::string to_line(const RunRequest& request);
[[nodiscard]] RunRequest parse_request(const std::string& line);
inline constexpr std::string_view ended_mark = "@run ended: ";

}  // namespace gradwire::sweep
