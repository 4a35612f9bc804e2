#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sim/experiment/child_process.hpp"

namespace gradwire::experiment {

/// Does one run after the other, each in a process of its own that dies when ours does. One that
/// learns is started by exec. Replays are copies of a process that has loaded the simulator once:
/// loading takes longer than replaying, and without LibTorch there are no threads that a copy would
/// lack (D36).
class RunProcess {
 public:
  enum class Kind { learns, replays };
  explicit RunProcess(Kind kind) : kind_(kind) {}

  /// Begins a run, with the arguments of the program that does it. Throws SystemError when it
  /// cannot be started.
  void begin(std::vector<std::string> arguments, const std::filesystem::path& log);

  /// To poll() for input; -1 once its output has ended.
  [[nodiscard]] int output() const { return process_ ? process_->output() : -1; }
  /// Whole lines that have come since the last call; does not block.
  std::vector<std::string> read_lines();
  /// Asks the run to end (SIGTERM).
  void terminate() const;
  /// How the run ended, or nothing while it goes on: its exit status, or 128 + the signal that
  /// killed it.
  std::optional<int> exit_status();

 private:
  [[nodiscard]] std::filesystem::path program() const;

  Kind kind_;
  std::optional<ChildProcess> process_;  ///< the run, or what is copied for it
  std::optional<int> status_;            ///< of the newest run, where it has told
};

/// What a process that is copied for each run is told of the next one, and what it says of how the
/// last one ended.
struct RunRequest {
  std::vector<std::string> arguments;
  std::string log;
};
[[nodiscard]] std::string to_line(const RunRequest& request);
[[nodiscard]] RunRequest parse_request(const std::string& line);
inline constexpr std::string_view ended_mark = "@run ended: ";

}  // namespace gradwire::experiment
