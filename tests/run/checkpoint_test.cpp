#include "sim/run/checkpoint.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <tuple>

#include "sim/run/build_id.hpp"
#include "tests/support/experiments.hpp"

namespace gradwire::run::checkpoint_test {
namespace {

using namespace testing_support;

void save(std::ostream& out) { out << "state"; }

/// Trace and state as read from the file, or "none" if it is absent or cannot be used.
std::string read(const std::filesystem::path& file, const std::string& identity = "same") {
  Checkpoint checkpoint({.file = file, .every = {}}, identity);
  std::string state;
  const auto trace = checkpoint.read([&](std::istream& in) {
    state.resize(5);
    in.read(state.data(), 5);
  });
  return trace ? *trace + "+" + state : "none";
}

TEST(Checkpoint, GivesBackWhatWasWritten) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "checkpoint";
  EXPECT_EQ(read(file), "none");

  Checkpoint({.file = file, .every = {}}, "same").write("trace", save);

  EXPECT_EQ(read(file), "trace+state");
  EXPECT_EQ(read(file, "another scenario, program or BLAS"), "none");
}

TEST(Checkpoint, SaysWhatItFoundAndCouldNotUse) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "checkpoint";
  const auto look = [&](const std::string& identity) {
    Checkpoint checkpoint({.file = file, .every = {}}, identity);
    const bool used = checkpoint.read([](std::istream&) {}).has_value();
    return std::tuple(used, checkpoint.found_damaged(), checkpoint.found_identity());
  };
  EXPECT_EQ(look("new"), std::tuple(false, false, ""));
  Checkpoint({.file = file, .every = {}}, "old").write("trace", save);
  EXPECT_EQ(look("old"), std::tuple(true, false, "old"));
  EXPECT_EQ(look("new"), std::tuple(false, false, "old"));
  std::ofstream(file, std::ios::binary) << "no checkpoint";
  EXPECT_EQ(look("new"), std::tuple(false, true, ""));
}

TEST(Checkpoint, ADamagedOneIsNone) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "checkpoint";
  Checkpoint({.file = file, .every = {}}, "same").write("trace", save);
  std::stringstream whole;
  whole << std::ifstream(file, std::ios::binary).rdbuf();
  for (std::size_t i = 0; i < whole.str().size(); ++i) {
    std::string damaged = whole.str();
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    std::ofstream(file, std::ios::binary) << damaged;
    EXPECT_EQ(read(file), "none") << "byte " << i;
    std::ofstream(file, std::ios::binary) << whole.str().substr(0, i);
    EXPECT_EQ(read(file), "none") << i << " bytes";
  }
}

TEST(Checkpoint, TakesAtMostHalfAPercentOfTheTime) {
  EXPECT_EQ(pause_after(Seconds{0.05}), Seconds{60.0});
  EXPECT_EQ(pause_after(Seconds{0.3}), Seconds{60.0});
  EXPECT_EQ(pause_after(Seconds{2.0}), Seconds{400.0});
}

TEST(Checkpoint, IsDueEverySoManyIterationsAndWhenAskedToStop) {
  bool stop = false;
  const Checkpoint every({.file = "f", .every = 20, .stop_requested = [&] { return stop; }}, "");
  EXPECT_TRUE(every.due(40));
  EXPECT_FALSE(every.due(41));
  stop = true;
  EXPECT_TRUE(every.due(41));
  EXPECT_FALSE(Checkpoint({.file = "f", .every = {}}, "").due(40)) << "a minute has not passed";
  EXPECT_FALSE(Checkpoint({.file = {}, .every = 20}, "").due(40)) << "nowhere to write";
}

TEST(BuildId, IsThatOfTheLinker) {
  EXPECT_THAT(build_id(), testing::MatchesRegex("[0-9a-f]{40}"));
  EXPECT_EQ(build_id(), build_id());
}

TEST(Checkpoint, AFolderThatCannotBeWrittenToIsAnError) {
  Checkpoint checkpoint({.file = "/no/such/folder/checkpoint", .every = {}}, "");
  EXPECT_THROW(checkpoint.write("trace", save), SystemError);
}

}  // namespace
}  // namespace gradwire::run::checkpoint_test
