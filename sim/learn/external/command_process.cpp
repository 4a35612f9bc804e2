#include "sim/learn/external/command_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <thread>
#include <utility>
#include <vector>

#include "sim/core/error.hpp"
#include "sim/core/execution.hpp"
#include "sim/learn/external/program.hpp"
#include "sim/learn/external/protocol.hpp"

namespace gradwire::learn::external {
namespace {

using namespace std::chrono_literals;

constexpr auto grace = 2s;
/// Between looks at whether the process has ended: processes that it started may hold the socket.
constexpr auto look = 200ms;
constexpr std::size_t longest_tail = 4096;

[[noreturn]] void fail_to_start(const std::string& program, int error) {
  throw SystemError(fmt::format("cannot start {}: {}", program, std::strerror(error)));
}

struct Execution {
  const char* program;
  char* const* arguments;
  char* const* environment;
  const char* folder;
  std::array<int, 2> inherited;  ///< socket and memory
  int output;
  int failure;  ///< receives errno if the program cannot be executed
  pid_t parent;
};

/// Runs between fork and exec: only async-signal-safe calls.
[[noreturn]] void execute(const Execution& e) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != e.parent) ::_exit(127);  // the parent died before prctl()
  ::setpgid(0, 0);                            // so that kill() reaches what it starts
  ::signal(SIGINT, SIG_DFL);
  const int nothing = ::open("/dev/null", O_RDONLY);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(e.output, STDOUT_FILENO);
  ::dup2(e.output, STDERR_FILENO);
  for (const int fd : e.inherited) ::fcntl(fd, F_SETFD, 0);
  if (::chdir(e.folder) == 0) ::execve(e.program, e.arguments, e.environment);
  const int error = errno;
  static_cast<void>(!::write(e.failure, &error, sizeof error));
  ::_exit(127);
}

/// The error number that the child wrote before it ended; 0 if the program was executed.
int error_of(int pipe) {
  int error = 0;
  ssize_t count = 0;
  while ((count = ::read(pipe, &error, sizeof error)) < 0 && errno == EINTR) {
  }
  return count == static_cast<ssize_t>(sizeof error) ? error : 0;
}

void close_all(std::initializer_list<int> descriptors) {
  for (const int fd : descriptors) {
    if (fd >= 0) ::close(fd);
  }
}

std::string ending_of(const siginfo_t& status) {
  if (status.si_code == CLD_EXITED)
    return fmt::format("ended with exit status {}", status.si_status);
  return fmt::format("was killed by signal {} ({})", status.si_status,
                     ::strsignal(status.si_status));
}

}  // namespace

CommandProcess::CommandProcess(const ExternalConfig& config, int memory)
    : timeout_(config.timeout) {
  const std::string program = find_program(config).string();
  std::array<int, 2> sockets{-1, -1}, output{-1, -1}, failure{-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets.data()) != 0 ||
      ::pipe2(output.data(), O_CLOEXEC) != 0 || ::pipe2(failure.data(), O_CLOEXEC) != 0) {
    const int error = errno;
    close_all({sockets[0], sockets[1], output[0], output[1]});
    fail_to_start(program, error);
  }
  std::vector<std::string> arguments = config.command;
  std::vector<std::string> variables = environment_with(
      {fmt::format("GRADWIRE_SOCKET={}", sockets[1]), fmt::format("GRADWIRE_MEMORY={}", memory)});
  const std::vector<char*> argv = pointers_to(arguments), envp = pointers_to(variables);
  ::signal(SIGCHLD, SIG_DFL);  // if ignored, waitid() could not return how the process ended
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  int error = pid_ < 0 ? errno : 0;
  if (pid_ == 0) {
    execute({program.c_str(),
             argv.data(),
             envp.data(),
             config.folder.c_str(),
             {sockets[1], memory},
             output[1],
             failure[1],
             parent});
  }
  close_all({sockets[1], output[1], failure[1]});
  if (pid_ > 0) error = error_of(failure[0]);
  ::close(failure[0]);
  if (error != 0) {
    if (pid_ > 0) ::waitpid(pid_, nullptr, 0);
    close_all({sockets[0], output[0]});
    fail_to_start(program, error);
  }
  socket_ = sockets[0];
  output_ = output[0];
  ::fcntl(output_, F_SETFL, O_NONBLOCK);
}

CommandProcess::~CommandProcess() {
  close_socket();
  wait_for_end(grace);
  kill();
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  if (output_ >= 0) ::close(output_);
}

void CommandProcess::close_socket() {
  if (socket_ >= 0) ::close(std::exchange(socket_, -1));
}

void CommandProcess::kill() const {
  // The process is not waited for before the end, so its number cannot belong to another one.
  ::kill(-pid_, SIGKILL);
  ::kill(pid_, SIGKILL);
}

std::optional<std::string> CommandProcess::ending() const {
  siginfo_t status{};
  const bool known =
      ::waitid(P_PID, static_cast<id_t>(pid_), &status, WEXITED | WNOHANG | WNOWAIT) == 0 &&
      status.si_pid == pid_;
  if (!known) return std::nullopt;
  return ending_of(status);
}

void CommandProcess::wait_for_end(Clock::duration longest) {
  const auto end = Clock::now() + longest;
  while (!ending() && Clock::now() < end) {
    copy_output();
    std::this_thread::sleep_for(1ms);
  }
  copy_output();
}

void CommandProcess::send(std::string_view frame) {
  char byte = 0;
  if (::recv(socket_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0) {
    throw SystemError("does not follow the protocol: it sent bytes without a request");
  }
  while (!frame.empty()) {
    const ssize_t count = ::send(socket_, frame.data(), frame.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return;  // it has closed the socket; receive() reports why
    frame.remove_prefix(static_cast<std::size_t>(count));
  }
}

std::string CommandProcess::receive() {
  const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                      std::chrono::duration<double>(std::min(timeout_.value, 1e8)));
  std::uint32_t size = 0;
  read_exactly(reinterpret_cast<char*>(&size), sizeof size, end);
  if (size < 1 || size > largest_frame) {
    throw SystemError(
        fmt::format("does not follow the protocol: a frame of {} bytes, expected 1 "
                    "to {}",
                    size, largest_frame));
  }
  std::string body(size, '\0');
  read_exactly(body.data(), body.size(), end);
  return body;
}

void CommandProcess::read_exactly(char* bytes, std::size_t count, Clock::time_point end) {
  while (count > 0) {
    wait_for_socket(end);
    const ssize_t read = ::recv(socket_, bytes, count, MSG_DONTWAIT);
    if (read < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (read <= 0) fail_ended();
    bytes += read;
    count -= static_cast<std::size_t>(read);
  }
}

void CommandProcess::wait_for_socket(Clock::time_point end) {
  for (;;) {
    const bool ended = ending().has_value();
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
    const auto wait = ended ? 0ms : std::clamp<std::chrono::milliseconds>(left, 0ms, look);
    std::array<pollfd, 2> inputs{pollfd{socket_, POLLIN, 0}, pollfd{output_, POLLIN, 0}};
    ::poll(inputs.data(), inputs.size(), static_cast<int>(wait.count()));
    if (inputs[1].revents != 0) copy_output();
    if (inputs[0].revents != 0) return;
    if (ended) fail_ended();
    if (left <= 0ms) {
      throw SystemError(fmt::format("gave no answer within {} s (model.timeout){}", timeout_.value,
                                    last_output()));
    }
  }
}

void CommandProcess::copy_output() {
  constexpr int most_blocks = 64;  // a process may print without end
  std::array<char, 4096> buffer;
  for (int block = 0; output_ >= 0 && block < most_blocks; ++block) {
    const ssize_t count = ::read(output_, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return;  // nothing more now
    if (count == 0) {
      ::close(std::exchange(output_, -1));
      return;
    }
    const std::string_view printed(buffer.data(), static_cast<std::size_t>(count));
    static_cast<void>(!::write(STDERR_FILENO, printed.data(), printed.size()));
    tail_ += printed;
    if (tail_.size() > longest_tail) tail_.erase(0, tail_.size() - longest_tail);
  }
}

void CommandProcess::fail_ended() {
  wait_for_end(1s);
  throw SystemError(ending().value_or("closed its socket") + last_output());
}

std::string CommandProcess::last_output() const {
  constexpr std::size_t most_lines = 3;
  constexpr std::size_t longest = 500;
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < tail_.size();) {
    const std::size_t end = std::min(tail_.find('\n', begin), tail_.size());
    const std::string line = one_line(std::string_view(tail_).substr(begin, end - begin), longest);
    if (line.find_first_not_of(' ') != std::string::npos) lines.push_back(line);
    begin = end + 1;
  }
  if (lines.size() > most_lines) {
    lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(most_lines));
  }
  return lines.empty() ? "" : fmt::format("; its last output: {}", fmt::join(lines, " | "));
}

}  // namespace gradwire::learn::external
