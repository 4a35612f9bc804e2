#include "sim/commands/slurm/program_output.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "sim/core/error.hpp"
#include "sim/core/execution.hpp"

namespace gradwire::commands {
namespace {

/// Reads both pipes to their ends.
void read_all(std::array<int, 2> pipes, std::array<std::string*, 2> texts) {
  std::array<char, 4096> buffer;
  std::array<pollfd, 2> inputs{pollfd{pipes[0], POLLIN, 0}, pollfd{pipes[1], POLLIN, 0}};
  while (inputs[0].fd >= 0 || inputs[1].fd >= 0) {
    if (::poll(inputs.data(), inputs.size(), -1) < 0 && errno != EINTR) return;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (inputs[i].fd < 0 || inputs[i].revents == 0) continue;
      const ssize_t count = ::read(inputs[i].fd, buffer.data(), buffer.size());
      if (count > 0) texts[i]->append(buffer.data(), static_cast<std::size_t>(count));
      if (count == 0 || (count < 0 && errno != EINTR)) inputs[i].fd = -1;
    }
  }
}

}  // namespace

ProgramOutput run_program(std::vector<std::string> words) {
  constexpr int not_found = 127;
  std::array<int, 2> out{-1, -1}, err{-1, -1};
  if (::pipe2(out.data(), O_CLOEXEC) != 0 || ::pipe2(err.data(), O_CLOEXEC) != 0) {
    throw SystemError(fmt::format("cannot start {}: {}", words.front(), std::strerror(errno)));
  }
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, err[1], STDERR_FILENO);
  ::signal(SIGCHLD, SIG_DFL);
  const std::vector<char*> argv = pointers_to(words);
  pid_t child = -1;
  const int failed =
      ::posix_spawnp(&child, words.front().c_str(), &actions, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(out[1]);
  ::close(err[1]);
  ProgramOutput result{.status = not_found};
  if (failed == 0) {
    read_all({out[0], err[0]}, {&result.output, &result.errors});
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  ::close(out[0]);
  ::close(err[0]);
  if (failed != 0 && failed != ENOENT) {
    throw SystemError(fmt::format("cannot start {}: {}", words.front(), std::strerror(failed)));
  }
  return result;
}

}  // namespace gradwire::commands
