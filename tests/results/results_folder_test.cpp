#include "sim/results/results_folder.hpp"

#include <gmock/gmock.h>
#include <sys/mount.h>

#include <cerrno>
#include <cstring>

#include "sim/results/summary.hpp"
#include "sim/scenario/json/json_file.hpp"
#include "sim/scenario/scenario_json.hpp"
#include "tests/support/experiments.hpp"

namespace gradwire::results::results_folder_test {
namespace {

using namespace testing_support;

namespace fs = std::filesystem;
using testing::HasSubstr;

/// The message of the SystemError that `action` throws; empty if it throws none.
template <class Action>
std::string failure(Action action) {
  try {
    action();
    return "";
  } catch (const SystemError& error) {
    return error.what();
  }
}

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) {
    names.push_back(entry.path().filename().string());
  }
  std::ranges::sort(names);
  return names;
}

void write_file(const fs::path& file, std::string_view text) {
  std::ofstream(file, std::ios::binary) << text;
}

/// Writes the files that a run's process leaves; returns the run's partial folder.
fs::path run_to_end(const ResultsFolder& results, const scenario::PlannedRun& run, int rounds) {
  fs::path partial = results.begin(run);
  write_file(partial / "log.txt", "chatter\n");
  write_file(partial / "metrics.csv", "iteration\n");
  Summary summary;
  summary.communication.rounds = rounds;
  write_file(partial / "summary.json", to_json(summary).dump() + "\n");
  return partial;
}

sweep::Plan two_runs() { return plan_of(R"({"name": "x", "sweep": [{"seed": [1, 2]}]})"); }

/// A file system of 1 MiB, or the reason why it cannot be mounted.
class SmallDisk {
 public:
  SmallDisk() {
    mounted_ = ::mount("none", folder_.path().c_str(), "tmpfs", 0, "size=1m") == 0;
    if (!mounted_) reason_ = std::strerror(errno);
  }
  ~SmallDisk() {
    if (mounted_) ::umount2(folder_.path().c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  [[nodiscard]] const fs::path& path() const { return folder_.path(); }
  [[nodiscard]] bool is_there() const { return mounted_; }
  [[nodiscard]] const std::string& reason() const { return reason_; }
  /// Fills the file system completely.
  void fill() const {
    std::ofstream file(path() / "filler", std::ios::binary);
    while (file << std::string(4096, 'x') << std::flush) {
    }
  }

 private:
  TemporaryFolder folder_;
  bool mounted_ = false;
  std::string reason_;
};

TEST(WriteAtomically, ReplacesTheWholeFileAndLeavesNothingElse) {
  const TemporaryFolder folder;
  const fs::path file = folder.write("a.txt", "something long that was there before");

  write_atomically(file, "new\n");

  EXPECT_EQ(scenario::read_text_file(file), "new\n");
  EXPECT_EQ(names_in(folder.path()), std::vector<std::string>{"a.txt"});
}

TEST(WriteAtomically, AFailureNamesTheFileAndLeavesTheOldOne) {
  const SmallDisk disk;
  if (!disk.is_there()) GTEST_SKIP() << "cannot mount a small disk: " << disk.reason();
  write_file(disk.path() / "a.txt", "old");
  disk.fill();

  const std::string said =
      failure([&] { write_atomically(disk.path() / "a.txt", std::string(100'000, 'n')); });

  EXPECT_EQ(said, (disk.path() / "a.txt").string() + ": cannot write: No space left on device");
  EXPECT_EQ(scenario::read_text_file(disk.path() / "a.txt"), "old");
  EXPECT_EQ(names_in(disk.path()), (std::vector<std::string>{"a.txt", "filler"}));
}

TEST(WriteAtomically, IntoNoFolderIsAnError) {
  const TemporaryFolder folder;

  EXPECT_EQ(
      failure([&] { write_atomically(folder.path() / "no" / "a.txt", "x"); }),
      (folder.path() / "no" / "a.txt").string() + ": cannot write: No such file or directory");
}

TEST(ResultsFolder, ARunIsCompleteOnlyUnderItsFinalName) {
  const TemporaryFolder folder;
  const sweep::Plan plan = two_runs();
  const ResultsFolder results(folder.path() / "out");

  const fs::path partial = run_to_end(results, plan.runs[0], 1);
  EXPECT_FALSE(results.is_complete(plan.runs[0]));
  results.complete(plan.runs[0], partial);

  EXPECT_TRUE(results.is_complete(plan.runs[0]));
  EXPECT_FALSE(results.is_complete(plan.runs[1]));
  EXPECT_EQ(names_in(folder.path() / "out" / "runs"), std::vector<std::string>{plan.runs[0].id});
  EXPECT_EQ(names_in(folder.path() / "out" / "runs" / plan.runs[0].id),
            (std::vector<std::string>{"metrics.csv", "scenario.json", "summary.json"}));
}

TEST(ResultsFolder, AFolderWithoutASummaryIsNotComplete) {
  const TemporaryFolder folder;
  const sweep::Plan plan = two_runs();
  const ResultsFolder results(folder.path());

  fs::create_directories(folder.path() / "runs" / plan.runs[0].id);

  EXPECT_FALSE(results.is_complete(plan.runs[0]));
}

TEST(ResultsFolder, BeginsARunWithItsScenario) {
  const TemporaryFolder folder;
  const sweep::Plan plan = two_runs();
  const ResultsFolder results(folder.path());

  const fs::path partial = results.begin(plan.runs[1]);

  EXPECT_EQ(scenario::load_scenario(partial / "scenario.json"), plan.runs[1].scenario);
}

TEST(ResultsFolder, CompletingReplacesWhatStoodThere) {
  const TemporaryFolder folder;
  const scenario::PlannedRun run = two_runs().runs[0];
  const ResultsFolder results(folder.path());
  results.complete(run, run_to_end(results, run, 1));
  write_file(folder.path() / "runs" / run.id / "stray", "");

  results.complete(run, run_to_end(results, run, 2));

  EXPECT_EQ(results.summary(run).at("rounds"), 2);
  EXPECT_FALSE(fs::exists(folder.path() / "runs" / run.id / "stray"));
}

TEST(ResultsFolder, RemovesWhatKilledCommandsLeft) {
  const TemporaryFolder folder;
  fs::create_directories(folder.path() / "runs" / ".partial-sgd-0123-77");
  write_file(folder.path() / "runs" / ".partial-sgd-0123-77" / "metrics.csv", "iter");
  write_file(folder.path() / "experiment.json.partial-77", "{");
  write_file(folder.path() / "runs.csv", "id\n");

  const ResultsFolder results(folder.path());

  EXPECT_TRUE(fs::is_empty(folder.path() / "runs"));
  EXPECT_EQ(names_in(folder.path()), (std::vector<std::string>{".claims", "runs", "runs.csv"}));
}

TEST(ResultsFolder, ASecondOneIsRefusedWhileTheFirstLives) {
  const TemporaryFolder folder;
  {
    const ResultsFolder first(folder.path());
    EXPECT_EQ(failure([&] { const ResultsFolder second(folder.path()); }),
              folder.path().string() + ": another gradwire is writing to this results folder (" +
                  this_process().shown() + ")");
  }
  EXPECT_EQ(failure([&] { const ResultsFolder second(folder.path()); }), "");
}

TEST(ResultsFolder, ARefusedSecondOneLeavesTheFirstOnesRunsAlone) {
  const TemporaryFolder folder;
  const ResultsFolder first(folder.path());
  const fs::path partial = first.begin(two_runs().runs[0]);

  EXPECT_NE(failure([&] { const ResultsFolder second(folder.path()); }), "");

  EXPECT_TRUE(fs::exists(partial / "scenario.json"));
}

TEST(ResultsFolder, KeepsTheLogOfAFailedRunUntilItSucceeds) {
  const TemporaryFolder folder;
  const scenario::PlannedRun run = two_runs().runs[0];
  const ResultsFolder results(folder.path());

  results.discard(run, run_to_end(results, run, 1), true);
  EXPECT_TRUE(fs::is_empty(folder.path() / "runs"));
  EXPECT_EQ(scenario::read_text_file(folder.path() / "failed" / (run.id + ".log")), "chatter\n");
  results.complete(run, run_to_end(results, run, 1));

  EXPECT_FALSE(fs::exists(folder.path() / "failed" / (run.id + ".log")));
}

TEST(ResultsFolder, AnInterruptedRunLeavesNothing) {
  const TemporaryFolder folder;
  const scenario::PlannedRun run = two_runs().runs[0];
  const ResultsFolder results(folder.path());

  results.discard(run, run_to_end(results, run, 1), false);

  EXPECT_TRUE(fs::is_empty(folder.path() / "runs"));
  EXPECT_FALSE(fs::exists(folder.path() / "failed"));
}

TEST(ResultsFolder, IndexHasALineForEachCompleteRunInTheirOrder) {
  const TemporaryFolder folder;
  const sweep::Plan plan = plan_of(R"({"name": "x", "sweep": [{"seed": [3, 1, 2]}]})");
  const ResultsFolder results(folder.path());
  for (const std::size_t i : {2U, 0U}) {
    results.complete(plan.runs[i], run_to_end(results, plan.runs[i], 5));
  }

  results.write_index(plan.runs);

  const auto line = [&](std::size_t run, const char* seed) {
    return plan.runs[run].id + "," + seed + ",finished,0,5,[^\n]*\n";
  };
  EXPECT_THAT(scenario::read_text_file(folder.path() / "runs.csv"),
              testing::MatchesRegex("id,seed,status,iterations,rounds,[^\n]*\n" + line(0, "3") +
                                    line(2, "2")));
}

TEST(ResultsFolder, WhereAFileStandsIsAnError) {
  const TemporaryFolder folder;
  const fs::path file = folder.write("out", "");

  EXPECT_EQ(failure([&] { const ResultsFolder results(file); }),
            file.string() + ": cannot make the results folder: Not a directory");
}

TEST(ResultsFolder, WithoutPermissionIsAnError) {
  if (geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  const TemporaryFolder folder;
  fs::permissions(folder.path(), fs::perms::owner_read | fs::perms::owner_exec);

  const std::string said = failure([&] { const ResultsFolder results(folder.path() / "out"); });
  fs::permissions(folder.path(), fs::perms::owner_all);

  EXPECT_EQ(said, (folder.path() / "out").string() +
                      ": cannot make the results folder: Permission denied");
}

TEST(ResultsFolder, OnAFullDiskARunDoesNotBeginAndLeavesNothing) {
  const SmallDisk disk;
  if (!disk.is_there()) GTEST_SKIP() << "cannot mount a small disk: " << disk.reason();
  const ResultsFolder results(disk.path());
  disk.fill();

  const std::string said = failure([&] { static_cast<void>(results.begin(two_runs().runs[0])); });

  EXPECT_THAT(said, HasSubstr("scenario.json: cannot write: No space left on device"));
  EXPECT_TRUE(fs::is_empty(disk.path() / "runs"));
}

}  // namespace
}  // namespace gradwire::results::results_folder_test
