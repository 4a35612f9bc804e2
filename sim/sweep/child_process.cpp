#include "sim/sweep/child_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "sim/core/error.hpp"
#include "sim/core/execution.hpp"

namespace gradwire::sweep {
namespace {

volatile std::sig_atomic_t caught_signal = 0;

volatile std::sig_atomic_t caught_signals = 0;

void note_signal(int signal) {
  caught_signal = signal;
  caught_signals = caught_signals + 1;
}

constexpr std::array<int, 2> interrupts{SIGINT, SIGTERM};

/// One thread per gradient: BLAS and OpenMP read these variables when they are loaded.
std::vector<std::string> child_environment() {
  return environment_with({"OMP_NUM_THREADS=1", "OPENBLAS_NUM_THREADS=1", "MKL_NUM_THREADS=1"});
}

/// Runs between fork and exec: only async-signal-safe calls.
[[noreturn]] void exec_child(const char* program, char* const* arguments, char* const* environment,
                             const std::array<int, 3>& streams, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);  // the parent died before prctl()
  ::signal(SIGINT, SIG_IGN);                // the parent handles Ctrl-C
  ::signal(SIGTERM, SIG_DFL);
  for (int stream = 0; stream < 3; ++stream) {
    const int fd = streams[static_cast<std::size_t>(stream)];
    if (fd >= 0) ::dup2(fd, stream);
  }
  ::execve(program, arguments, environment);
  ::_exit(127);
}

}  // namespace

std::filesystem::path sibling_program(const std::string& name) {
  const auto folder = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  const auto installed = folder.parent_path() / "libexec/gradwire" / name;
  return std::filesystem::exists(folder / name) ? folder / name : installed;
}

ChildProcess::ChildProcess(const std::filesystem::path& program,
                           const std::vector<std::string>& arguments,
                           const std::filesystem::path& log, Input input) {
  if (::access(program.c_str(), X_OK) != 0) {
    throw SystemError(
        fmt::format("cannot start a run: {}: {}", program.string(), std::strerror(errno)));
  }
  std::vector<std::string> texts{program.string()};
  texts.insert(texts.end(), arguments.begin(), arguments.end());
  std::vector<std::string> variables = child_environment();
  const std::vector<char*> argv = pointers_to(texts);
  const std::vector<char*> envp = pointers_to(variables);

  const int log_fd = ::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  std::array<int, 2> out{-1, -1}, in{-1, -1};
  if (log_fd < 0 || ::pipe2(out.data(), O_CLOEXEC) != 0 ||
      (input == Input::ours && ::pipe2(in.data(), O_CLOEXEC) != 0)) {
    throw SystemError(fmt::format("cannot start a run: {}", std::strerror(errno)));
  }
  ::signal(SIGCHLD, SIG_DFL);  // if ignored, waitpid() could not return how a child ended
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0) {
    exec_child(program.c_str(), argv.data(), envp.data(), {in[0], out[1], log_fd}, parent);
  }
  for (const int fd : {in[0], out[1], log_fd}) {
    if (fd >= 0) ::close(fd);
  }
  input_ = in[1];
  output_ = out[0];
  if (pid_ < 0) throw SystemError(fmt::format("cannot start a run: {}", std::strerror(errno)));
  ::fcntl(output_, F_SETFL, O_NONBLOCK);
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      input_(std::exchange(other.input_, -1)),
      output_(std::exchange(other.output_, -1)),
      unfinished_(std::move(other.unfinished_)) {}

ChildProcess::~ChildProcess() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
    if (input_ >= 0) wait_for_its_children();
  }
  for (const int fd : {input_, output_}) {
    if (fd >= 0) ::close(fd);
  }
}

void ChildProcess::wait_for_its_children() const {
  constexpr int most_milliseconds = 2000;
  std::array<char, 4096> ignored;
  pollfd end{output_, POLLIN, 0};
  while (output_ >= 0 && ::poll(&end, 1, most_milliseconds) > 0 &&
         ::read(output_, ignored.data(), ignored.size()) > 0) {
  }
}

void ChildProcess::tell(const std::string& line) {
  const std::string text = line + "\n";
  struct sigaction ignore = {}, before = {};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignore, &before);
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t count = ::write(input_, text.data() + done, text.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) break;
    done += static_cast<std::size_t>(count);
  }
  ::sigaction(SIGPIPE, &before, nullptr);
}

void ChildProcess::terminate() const {
  if (pid_ > 0) ::kill(pid_, SIGTERM);
}

std::vector<std::string> ChildProcess::read_lines() {
  std::vector<std::string> lines;
  std::array<char, 4096> buffer;
  while (output_ >= 0) {
    const ssize_t count = ::read(output_, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) break;  // no data available now
    if (count == 0) ::close(std::exchange(output_, -1));
    unfinished_.append(buffer.data(), static_cast<std::size_t>(count));
  }
  for (std::size_t end; (end = unfinished_.find('\n')) != std::string::npos;) {
    lines.push_back(unfinished_.substr(0, end));
    unfinished_.erase(0, end + 1);
  }
  return lines;
}

std::optional<int> ChildProcess::exit_status() {
  int status = 0;
  const pid_t ended = ::waitpid(pid_, &status, WNOHANG);
  if (ended != pid_) return std::nullopt;
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

InterruptGuard::InterruptGuard() {
  caught_signal = 0;
  caught_signals = 0;
  struct sigaction action = {};
  action.sa_handler = note_signal;
  action.sa_flags = SA_RESTART;  // poll() is interrupted even so
  for (std::size_t i = 0; i < interrupts.size(); ++i) {
    ::sigaction(interrupts[i], nullptr, &before_[i]);
    if (before_[i].sa_handler != SIG_IGN) ::sigaction(interrupts[i], &action, nullptr);
  }
}

InterruptGuard::~InterruptGuard() {
  for (std::size_t i = 0; i < interrupts.size(); ++i) {
    ::sigaction(interrupts[i], &before_[i], nullptr);
  }
}

int InterruptGuard::signal() { return caught_signal; }

int InterruptGuard::count() { return caught_signals; }

}  // namespace gradwire::sweep
