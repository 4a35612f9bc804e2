#include "sim/programs/serve_runs.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <iostream>

#include "sim/sweep/run_process.hpp"

namespace gradwire {
namespace {

/// Executes the run in the forked process and exits with its status.
[[noreturn]] void do_run(const std::string& program, sweep::RunRequest request,
                         const MainFunction& main_function, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);  // the parent died before prctl()
  const int log = ::open(request.log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (log >= 0) ::dup2(log, STDERR_FILENO);
  request.arguments.insert(request.arguments.begin(), program);
  std::vector<char*> argv;
  for (std::string& argument : request.arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  const int status = main_function(static_cast<int>(argv.size()) - 1, argv.data());
  std::fflush(nullptr);
  ::_exit(status);
}

int status_of(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

int serve_runs(const std::string& program, const MainFunction& main_function,
               const std::function<void(const std::vector<std::string>& arguments)>& prepare) {
  for (std::string line; std::getline(std::cin, line);) {
    const sweep::RunRequest request = sweep::parse_request(line);
    prepare(request.arguments);
    const pid_t parent = ::getpid();
    const pid_t child = ::fork();
    if (child == 0) do_run(program, request, main_function, parent);
    const int status = child < 0 ? 1 : status_of(child);
    if (child < 0) std::perror("gradwire: cannot start a run");
    std::cout << sweep::ended_mark << status << '\n' << std::flush;
  }
  return 0;
}

}  // namespace gradwire
