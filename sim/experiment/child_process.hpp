#pragma once

#include <sys/types.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace gradwire::experiment {

/// The program `name` beside the running one.
[[nodiscard]] std::filesystem::path sibling_program(const std::string& name);

/// A child (started by exec, never a bare fork: LibTorch has threads) that dies when its parent
/// does. Its standard output comes here line by line, its standard error goes to a
/// file.
class ChildProcess {
 public:
  /// Where its standard input comes from: it has ours, or we tell() it things.
  enum class Input { shared, ours };
  /// Throws SystemError when it cannot be started.
  ChildProcess(const std::filesystem::path& program, const std::vector<std::string>& arguments,
               const std::filesystem::path& log, Input input = Input::shared);
  /// Kills it if it still runs. With Input::ours waits until its children, which are to die with
  /// it, have done so: until nobody holds its output any more.
  ~ChildProcess();
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&&) = delete;

  /// To poll() for input; -1 once its output has ended.
  [[nodiscard]] int output() const { return output_; }
  /// Whole lines that have come since the last call; does not block.
  std::vector<std::string> read_lines();
  /// Writes a line to its standard input. One that has ended does not hear it.
  void tell(const std::string& line);
  /// Asks it to end (SIGTERM).
  void terminate() const;
  /// How it ended, or nothing while it runs: its exit status, or 128 + the signal that killed it.
  std::optional<int> exit_status();

 private:
  void wait_for_its_children() const;

  pid_t pid_ = -1;
  int input_ = -1;
  int output_ = -1;
  std::string unfinished_;
};

/// While it lives, SIGINT and SIGTERM only set a flag; afterwards they do what they did before. One
/// that was ignored (a background job's, nohup's) stays ignored.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;
  /// The signal that came, or 0.
  [[nodiscard]] static int signal();
  /// How many have come.
  [[nodiscard]] static int count();

 private:
  std::array<struct sigaction, 2> before_{};
};

}  // namespace gradwire::experiment
