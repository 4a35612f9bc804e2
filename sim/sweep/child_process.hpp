#pragma once

#include <sys/types.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace gradwire::sweep {

/// Path of a program that gradwire starts: beside the running program, or, if that is installed,
/// in ../libexec/gradwire.
[[nodiscard]] std::filesystem::path sibling_program(const std::string& name);

/// A child process that the kernel kills when its parent dies. Started by fork and exec, never by
/// fork alone, since LibTorch has threads. Its standard output is a pipe read line by line
/// (read_lines()), its standard error goes to a file.
class ChildProcess {
 public:
  /// The child's standard input: inherited from this process, or a pipe written by tell().
  enum class Input { shared, ours };
  /// Throws SystemError if the program cannot be started.
  ChildProcess(const std::filesystem::path& program, const std::vector<std::string>& arguments,
               const std::filesystem::path& log, Input input = Input::shared);
  /// Kills the child if it still runs. With Input::ours also waits, up to 2 s for each read, until
  /// the pipe of its standard output is closed, that is until the child's own children, which are
  /// killed with it, have ended.
  ~ChildProcess();
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&&) = delete;

  /// File descriptor to poll() for input; -1 after the end of the output.
  [[nodiscard]] int output() const { return output_; }
  /// Complete lines received since the last call; does not block.
  std::vector<std::string> read_lines();
  /// Writes a line to the child's standard input. Has no effect if the child has closed it.
  void tell(const std::string& line);
  /// Sends SIGTERM.
  void terminate() const;
  /// The exit status, or 128 + the signal that killed the child; none while it runs.
  std::optional<int> exit_status();

 private:
  void wait_for_its_children() const;

  pid_t pid_ = -1;
  int input_ = -1;
  int output_ = -1;
  std::string unfinished_;
};

/// While an object lives, SIGINT and SIGTERM only set a flag; its destructor restores the previous
/// handlers. A signal that was ignored (a background job's, nohup's) stays ignored.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;
  /// The last signal received, or 0.
  [[nodiscard]] static int signal();
  /// Number of signals received.
  [[nodiscard]] static int count();

 private:
  std::array<struct sigaction, 2> before_{};
};

}  // namespace gradwire::sweep
