#include "sim/sweep/child_process.hpp"

#include <gmock/gmock.h>
#include <poll.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "sim/scenario/json/json_file.hpp"
#include "tests/support/experiments.hpp"

namespace gradwire::sweep::child_process_test {
namespace {

using namespace testing_support;

using namespace std::chrono_literals;
using testing::ElementsAre;

/// Runs a shell script in a ChildProcess, as a sweep does with its runs.
struct Shell {
  explicit Shell(const std::string& script) : process("/bin/sh", {"-c", script}, log) {}

  /// All lines until the end of the output, and the exit status.
  std::pair<std::vector<std::string>, int> finish() {
    std::vector<std::string> lines;
    while (process.output() >= 0) {
      wait();
      for (std::string& line : process.read_lines()) lines.push_back(std::move(line));
    }
    std::optional<int> status;
    while (!(status = process.exit_status())) std::this_thread::sleep_for(1ms);
    return {lines, *status};
  }
  /// The next line; empty at the end of the output.
  std::string line() {
    while (process.output() >= 0) {
      wait();
      const auto lines = process.read_lines();
      if (!lines.empty()) return lines.front();
    }
    return "";
  }
  void wait() const {
    pollfd input{process.output(), POLLIN, 0};
    ::poll(&input, 1, -1);
  }

  TemporaryFolder folder;
  std::filesystem::path log = folder.path() / "log.txt";
  ChildProcess process;
};

/// Whether the process runs; false for a zombie.
bool is_running(const std::string& pid) {
  std::ifstream file("/proc/" + pid + "/stat");
  std::string text;
  std::getline(file, text);
  const std::size_t state = text.rfind(") ");
  return state != std::string::npos && text.at(state + 2) != 'Z';
}

bool ends_soon(const std::string& pid) {
  for (int i = 0; i < 500 && is_running(pid); ++i) std::this_thread::sleep_for(10ms);
  return !is_running(pid);
}

TEST(ChildProcess, GivesItsOutputLineByLineAndItsStatus) {
  const auto [lines, status] =
      Shell("echo one; echo; printf 'tw'; sleep 0.05; echo o; exit 3").finish();

  EXPECT_THAT(lines, ElementsAre("one", "", "two"));
  EXPECT_EQ(status, 3);
}

TEST(ChildProcess, ReadingDoesNotBlock) {
  Shell shell("read nothing < /dev/zero");

  EXPECT_TRUE(shell.process.read_lines().empty());
  EXPECT_EQ(shell.process.exit_status(), std::nullopt);
}

TEST(ChildProcess, GivesMoreThanAPipeHolds) {
  const auto [lines, status] =
      Shell("i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done").finish();

  EXPECT_EQ(lines.size(), 20000U);
  EXPECT_EQ(lines.back(), "line 19999");
  EXPECT_EQ(status, 0);
}

TEST(ChildProcess, WritesItsErrorsToTheLog) {
  Shell shell("echo out; echo bad >&2");

  EXPECT_THAT(shell.finish().first, ElementsAre("out"));
  EXPECT_EQ(scenario::read_text_file(shell.log), "bad\n");
}

TEST(ChildProcess, ASignalIs128AndItsNumber) {
  EXPECT_EQ(Shell("kill -9 $$").finish().second, 128 + SIGKILL);
  EXPECT_EQ(Shell("kill -TERM $$").finish().second, 128 + SIGTERM);
}

TEST(ChildProcess, IgnoresCtrlCWhichIsForItsParent) {
  EXPECT_EQ(Shell("kill -INT $$; exit 5").finish().second, 5);
}

TEST(ChildProcess, ComputesEachGradientOnOneThread) {
  EXPECT_THAT(Shell("echo $OMP_NUM_THREADS $OPENBLAS_NUM_THREADS $MKL_NUM_THREADS").finish().first,
              ElementsAre("1 1 1"));
}

TEST(ChildProcess, IsKilledWithItsObject) {
  std::string pid;
  {
    Shell shell("echo $$; exec sleep 1000");
    pid = shell.line();
    ASSERT_TRUE(is_running(pid));
  }
  EXPECT_FALSE(is_running(pid));
}

TEST(ChildProcess, DiesWithItsParentHoweverThatDies) {
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe(pipe.data()), 0);
  const pid_t parent = ::fork();
  if (parent == 0) {
    Shell shell("echo $$; exec sleep 1000");
    const std::string pid = shell.line() + "\n";
    static_cast<void>(!::write(pipe[1], pid.data(), pid.size()));
    for (;;) ::pause();
  }
  std::array<char, 32> buffer{};
  const ssize_t size = ::read(pipe[0], buffer.data(), buffer.size());
  ASSERT_GT(size, 1);
  const std::string child(buffer.data(), static_cast<std::size_t>(size) - 1);
  ASSERT_TRUE(is_running(child));

  ::kill(parent, SIGKILL);

  EXPECT_TRUE(ends_soon(child));
  for (const int fd : pipe) ::close(fd);
}

TEST(ChildProcess, TellsItsStatusAlsoWhereSomebodyIgnoredChildren) {
  ::signal(SIGCHLD, SIG_IGN);

  Shell shell("exit 4");

  for (int i = 0; i < 500; ++i) {
    if (const auto status = shell.process.exit_status()) {
      EXPECT_EQ(*status, 4);
      return;
    }
    std::this_thread::sleep_for(10ms);
  }
  FAIL() << "nobody said how it ended";
}

TEST(ChildProcess, AProgramThatIsNotThereIsAnError) {
  const TemporaryFolder folder;

  EXPECT_THROW(ChildProcess("/no/such/program", {}, folder.path() / "log.txt"), SystemError);
}

TEST(InterruptGuard, NotesTheSignalInsteadOfEnding) {
  const InterruptGuard guard;
  EXPECT_EQ(InterruptGuard::signal(), 0);

  ::raise(SIGTERM);

  EXPECT_EQ(InterruptGuard::signal(), SIGTERM);
}

int seen = 0;
void see(int signal) { seen = signal; }

TEST(InterruptGuard, AfterwardsSignalsDoWhatTheyDidBefore) {
  ::signal(SIGINT, see);
  {
    const InterruptGuard guard;
    ::raise(SIGINT);
    EXPECT_EQ(seen, 0);
  }

  ::raise(SIGINT);

  EXPECT_EQ(seen, SIGINT);
  ::signal(SIGINT, SIG_DFL);
}

TEST(InterruptGuard, LeavesIgnoredSignalsIgnored) {
  ::signal(SIGINT, SIG_IGN);
  {
    const InterruptGuard guard;
    ::raise(SIGINT);
    EXPECT_EQ(InterruptGuard::signal(), 0);
  }
  ::signal(SIGINT, SIG_DFL);
}

}  // namespace
}  // namespace gradwire::sweep::child_process_test
