#include "sim/learn/external/command_process.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <thread>

#include "tests/learn/external/support.hpp"

namespace gradwire::learn::external::command_process_test {
namespace {

using Clock = std::chrono::steady_clock;

const std::string connect =
    "import os, socket, struct, sys, time\n"
    "s = socket.socket(fileno=int(os.environ['GRADWIRE_SOCKET']))\n";

/// The error of the next frame from a program.
std::string failure_of(const std::string& source, Seconds timeout = {60}) {
  CommandProcess process(python(source, timeout), 0);
  return error_of([&] { static_cast<void>(process.receive()); });
}

TEST(CommandProcess, ExchangesFrames) {
  CommandProcess process(python(connect + "s.sendall(struct.pack('<I', 3) + s.recv(3)); s.recv(1)"),
                         0);

  process.send("abc");

  EXPECT_EQ(process.receive(), "abc");
}

TEST(CommandProcess, ReadsAFrameThatArrivesInPieces) {
  CommandProcess process(python(connect + "for b in struct.pack('<I', 2) + b'xy':\n"
                                          "  s.sendall(bytes([b])); time.sleep(0.01)\n"
                                          "s.recv(1)"),
                         0);

  EXPECT_EQ(process.receive(), "xy");
}

TEST(CommandProcess, AnAnswerCountsAlthoughTheProcessHasEnded) {
  CommandProcess process(python(connect + "s.sendall(struct.pack('<I', 1) + b'x')"), 0);
  std::this_thread::sleep_for(std::chrono::milliseconds(300));

  EXPECT_EQ(process.receive(), "x");
}

TEST(CommandProcess, ReportsHowTheProcessEnded) {
  EXPECT_EQ(failure_of("import sys; sys.exit(7)"), "ended with exit status 7");
  EXPECT_EQ(failure_of("import os; os.kill(os.getpid(), 9)"), "was killed by signal 9 (Killed)");
  EXPECT_EQ(failure_of("print('a\\n\\nb\\nc\\td'); print('e')"),
            "ended with exit status 0; its last output: b | c d | e");
}

TEST(CommandProcess, WaitsNoLongerThanTheTimeout) {
  const auto begin = Clock::now();

  EXPECT_EQ(failure_of("import time; time.sleep(1000)", {0.5}),
            "gave no answer within 0.5 s (model.timeout)");

  EXPECT_LT(Clock::now() - begin, std::chrono::seconds(30));  // with the grace of the destructor
}

TEST(CommandProcess, TheDestructorKillsWhatDoesNotEnd) {
  const TemporaryFolder folder("kill");
  const auto file = folder.path() / "pid";
  {
    CommandProcess process(python(connect +
                                  "child = os.fork()\n"
                                  "if child: open('" +
                                  file.string() +
                                  "', 'w').write(str(child))\n"
                                  "if child: s.sendall(struct.pack('<I', 1) + b'x')\n"
                                  "time.sleep(1000)"),
                           0);
    EXPECT_EQ(process.receive(), "x");
  }
  pid_t child = 0;
  std::ifstream(file) >> child;
  ASSERT_GT(child, 0);
  for (int i = 0; i < 500 && ::kill(child, 0) == 0; ++i) {  // init may have to wait for it
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  std::ifstream status("/proc/" + std::to_string(child) + "/stat");
  std::string number, name, state = "gone";
  status >> number >> name >> state;
  EXPECT_TRUE(state == "gone" || state == "Z") << state;
}

TEST(CommandProcess, ExecutesInTheFolder) {
  const TemporaryFolder folder("there");
  ExternalConfig config = python(connect +
                                 "p = os.getcwd().encode()\n"
                                 "s.sendall(struct.pack('<I', len(p)) + p); s.recv(1)");
  config.folder = folder.path().string();
  CommandProcess process(config, 0);

  EXPECT_EQ(process.receive(), std::filesystem::canonical(folder.path()).string());
}

TEST(CommandProcess, AFileThatCannotBeExecutedIsAnError) {
  const TemporaryFolder folder("format");
  std::ofstream(folder.path() / "tool") << "no program";
  std::filesystem::permissions(folder.path() / "tool", std::filesystem::perms::owner_all);
  const ExternalConfig config{
      .command = {"./tool"}, .folder = folder.path().string(), .timeout = {1}};

  EXPECT_EQ(error_of([&] { CommandProcess(config, 0); }),
            "cannot start " + folder.path().string() + "/./tool: Exec format error");
}

}  // namespace
}  // namespace gradwire::learn::external::command_process_test
