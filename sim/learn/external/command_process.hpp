#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "sim/core/units.hpp"
#include "sim/learn/config.hpp"

namespace gradwire::learn::external {

/// A process that executes a command in a folder and is connected by a socket. The kernel kills it
/// when the thread that started it ends. What it prints goes to this process's standard error.
class CommandProcess {
 public:
  /// The process inherits its end of the socket and `memory`; the environment variables
  /// GRADWIRE_SOCKET and GRADWIRE_MEMORY hold their descriptors. Throws InputError as
  /// find_program(), SystemError if the program cannot be started.
  CommandProcess(const ExternalConfig& config, int memory);
  /// Closes the socket, gives the process 2 s to end, then kills it and the processes that it
  /// started.
  ~CommandProcess();
  CommandProcess(const CommandProcess&) = delete;
  CommandProcess& operator=(const CommandProcess&) = delete;

  /// Throws SystemError if the process has sent bytes without a request.
  void send(std::string_view frame);
  /// The body of the next frame. Throws SystemError if the process ends (with the reason and its
  /// last output), gives no answer in time, or sends a frame of invalid length.
  std::string receive();

  /// Ends the connection, so that the process ends by itself.
  void close_socket();
  /// Kills the process and those that it started; another thread may be in receive().
  void kill() const;

 private:
  using Clock = std::chrono::steady_clock;

  void read_exactly(char* bytes, std::size_t count, Clock::time_point end);
  /// Waits until the socket is readable or closed; copies output meanwhile.
  void wait_for_socket(Clock::time_point end);
  void copy_output();
  /// "ended with exit status 1" and the like; nullopt while the process runs.
  [[nodiscard]] std::optional<std::string> ending() const;
  /// Copies output until the process has ended, at most so long.
  void wait_for_end(Clock::duration longest);
  /// Throws: the process has ended or closed its socket.
  [[noreturn]] void fail_ended();
  /// "; its last output: ...", or empty.
  [[nodiscard]] std::string last_output() const;

  Seconds timeout_;
  pid_t pid_ = -1;
  int socket_ = -1;
  int output_ = -1;   ///< standard output and standard error of the process
  std::string tail_;  ///< the last of what it printed
};

}  // namespace gradwire::learn::external
