#include "sim/results/claims/claims.hpp"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
#include <thread>

#include "sim/scenario/json/json.hpp"
#include "tests/support/experiments.hpp"

namespace gradwire::results::claims_test {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;

class ClaimsTest : public testing::Test {
 protected:
  [[nodiscard]] fs::path folder() const { return place_.path() / claims_folder; }

  static void write(const fs::path& file, const std::string& text) {
    fs::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
  void enrol(const ProcessName& process) const { write(folder() / process.text(), "{}"); }
  void beat(const ProcessName& process, int number, const std::string& every = "0.01") const {
    write(folder() / (process.text() + ".beat"), std::to_string(number) + " " + every + " now\n");
  }
  void claim(const std::string& file, const ProcessName& process) const {
    write(folder() / file, scenario::Json{{"process", process.text()}}.dump());
  }
  [[nodiscard]] std::vector<std::string> claim_files() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder())) {
      std::string name = entry.path().filename().string();
      if (name.find('@') == std::string::npos) names.push_back(std::move(name));
    }
    std::ranges::sort(names);
    return names;
  }

  static ProcessName dead_here() {
    ProcessName process = this_process();
    process.started = 1;
    return process;
  }
  static ProcessName elsewhere() {
    ProcessName process = this_process();
    process.host = "node7";
    return process;
  }

 private:
  testing_support::TemporaryFolder place_;
};

TEST(ProcessName, IsReadBackFromItsText) {
  EXPECT_EQ(parse_process_name(this_process().text()), this_process());
  EXPECT_EQ(parse_process_name("node7@0123456789abcdef@12@x"), std::nullopt);
  EXPECT_EQ(parse_process_name("node7@0123456789abcdef@12"), std::nullopt);
  EXPECT_EQ(parse_process_name("node7@01234567@12@3"), std::nullopt);
}

TEST(ProcessName, IsTheOwnerOfUnfinishedFilesAndFolders) {
  const std::string self = this_process().text();
  EXPECT_EQ(owner_of_partial("runs.csv" + partial_suffix()), this_process());
  EXPECT_EQ(owner_of_partial(".partial-sgd-0123@" + self), this_process());
  EXPECT_EQ(owner_of_partial(".partial-sgd-0123-77"), std::nullopt);
  EXPECT_EQ(owner_of_partial("metrics.csv"), std::nullopt);
}

TEST(ProcessName, OfAReusedProcessIdOrAnotherBootIsDead) {
  ProcessName other = this_process();
  EXPECT_EQ(liveness_here(other), Liveness::alive);
  ++other.started;
  EXPECT_EQ(liveness_here(other), Liveness::dead);
  other = this_process();
  other.boot = "00000000";
  EXPECT_EQ(liveness_here(other), Liveness::dead);
  other.host = "node7";
  EXPECT_EQ(liveness_here(other), Liveness::unknown);
}

TEST_F(ClaimsTest, IsTakenAndReleased) {
  Claims claims(folder(), "test");

  EXPECT_FALSE(claims.take("sgd-1").has_value());
  EXPECT_TRUE(claims.holds("sgd-1"));
  EXPECT_THAT(claim_files(), ElementsAre("sgd-1.0"));
  EXPECT_EQ(claims_in(folder()).at("sgd-1"), this_process());
  claims.release("sgd-1");

  EXPECT_FALSE(claims.holds("sgd-1"));
  EXPECT_THAT(claim_files(), IsEmpty());
}

TEST_F(ClaimsTest, LeavesNothingBehind) {
  {
    Claims claims(folder(), "test");
    EXPECT_FALSE(claims.take("sgd-1").has_value());
  }
  EXPECT_TRUE(fs::is_empty(folder()));
}

TEST_F(ClaimsTest, OfADeadProcessOfThisHostIsTakenOverAtOnce) {
  enrol(dead_here());
  claim("sgd-1.0", dead_here());
  Claims claims(folder(), "test");

  EXPECT_FALSE(claims.take("sgd-1").has_value());
  EXPECT_THAT(claim_files(), ElementsAre("sgd-1.0", "sgd-1.1"));
  claims.release("sgd-1");

  EXPECT_THAT(claim_files(), IsEmpty());
}

TEST_F(ClaimsTest, OfAProcessThatHasSignedOffIsVoid) {
  claim("sgd-1.0", elsewhere());
  Claims claims(folder(), "test");

  EXPECT_FALSE(claims.take("sgd-1").has_value());
}

TEST_F(ClaimsTest, OfAnotherHostIsTakenOverAfterItsSilence) {
  enrol(elsewhere());
  beat(elsewhere(), 1);
  claim("sgd-1.0", elsewhere());
  Claims claims(folder(), "test");

  const auto first = claims.take("sgd-1");
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->process, elsewhere());
  EXPECT_EQ(first->liveness, Liveness::unknown);
  EXPECT_DOUBLE_EQ(claims.silence_of(elsewhere()).allowed, 0.12);
  std::this_thread::sleep_for(std::chrono::milliseconds(200));

  EXPECT_FALSE(claims.take("sgd-1").has_value());
}

TEST_F(ClaimsTest, OfAnotherHostThatGivesSignsOfLifeStays) {
  enrol(elsewhere());
  beat(elsewhere(), 1, "1000");
  claim("sgd-1.0", elsewhere());
  Claims claims(folder(), "test");
  static_cast<void>(claims.take("sgd-1"));

  beat(elsewhere(), 2, "1000");

  EXPECT_EQ(claims.take("sgd-1")->liveness, Liveness::alive);
  EXPECT_EQ(claims.others().front().process, elsewhere());
}

TEST_F(ClaimsTest, AreLostWithTheRegistration) {
  ::setenv("GRADWIRE_HEARTBEAT_SECONDS", "0.01", 1);
  Claims claims(folder(), "test");
  ::unsetenv("GRADWIRE_HEARTBEAT_SECONDS");
  EXPECT_FALSE(claims.lost());

  fs::remove(folder() / this_process().text());

  for (int i = 0; i < 500 && !claims.lost(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_TRUE(claims.lost());
}

TEST_F(ClaimsTest, ARegistrationBeatsAsItPromises) {
  ::setenv("GRADWIRE_HEARTBEAT_SECONDS", "0.02", 1);
  const Claims claims(folder(), "test");
  ::unsetenv("GRADWIRE_HEARTBEAT_SECONDS");
  const auto first = read_heartbeat(folder(), this_process());

  ASSERT_TRUE(first.has_value());
  EXPECT_DOUBLE_EQ(first->every_seconds, 0.02);
  for (int i = 0; i < 500; ++i) {
    if (read_heartbeat(folder(), this_process())->text != first->text) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  FAIL() << "no beat in 5 s";
}

/// Children that all take one claim when the pipe is closed; returns how many got it.
int winners_among(int children, const fs::path& folder) {
  std::array<int, 2> start{};
  if (::pipe(start.data()) != 0) return -1;
  std::vector<pid_t> racers;
  for (int i = 0; i < children; ++i) {
    racers.push_back(::fork());
    if (racers.back() != 0) continue;
    ::close(start[1]);
    bool won = false;
    {
      Claims claims(folder, "racer");
      char byte = 0;
      static_cast<void>(!::read(start[0], &byte, 1));
      won = !claims.take("sgd-1").has_value();
      // Nobody releases before all have tried.
      const auto tried = folder.parent_path() / ("tried-" + std::to_string(::getpid()));
      std::ofstream(tried) << "x";
      const auto count = [&] {
        return std::distance(fs::directory_iterator(folder.parent_path()),
                             fs::directory_iterator());
      };
      while (count() < children + 1) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    ::_exit(won ? 1 : 0);
  }
  ::close(start[0]);
  ::close(start[1]);
  int winners = 0;
  for (const pid_t racer : racers) {
    int status = 0;
    ::waitpid(racer, &status, 0);
    winners += WIFEXITED(status) ? WEXITSTATUS(status) : 100;
  }
  return winners;
}

TEST_F(ClaimsTest, OfManyProcessesOneGetsAVoidClaim) {
  for (int round = 0; round < 20; ++round) {
    const testing_support::TemporaryFolder place;
    const fs::path claims = place.path() / claims_folder;
    write(claims / "sgd-1.0", scenario::Json{{"process", dead_here().text()}}.dump());
    write(claims / "sgd-1.1", scenario::Json{{"process", elsewhere().text()}}.dump());

    EXPECT_EQ(winners_among(6, claims), 1);
  }
}

}  // namespace
}  // namespace gradwire::results::claims_test
