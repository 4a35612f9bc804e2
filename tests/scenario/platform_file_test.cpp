#include <gmock/gmock.h>

#include "sim/scenario/scenario_json.hpp"
#include "tests/support/experiments.hpp"

namespace gradwire::scenario::platform_file_test {
namespace {

using namespace testing_support;

constexpr const char* one_worker = R"({"name": "x", "base": {"workers": 1, "platform":
    {"kind": "file", "path": "p.xml", "server": "s", "workers": ["a"]}}})";

TEST(PlatformFile, IsFoundBesideTheExperiment) {
  const TemporaryFolder folder;
  static_cast<void>(folder.write("p.xml", "<platform version='4.1'/>"));

  const sweep::Plan plan = sweep::plan_experiment(folder.write("x.json", one_worker));

  const auto& platform = plan.runs[0].scenario.platform;
  EXPECT_EQ(platform.path, (folder.path() / "p.xml").string());
  EXPECT_THAT(platform.digest, testing::MatchesRegex("[0-9a-f]{32}"));
}

TEST(PlatformFile, OfAResultsFoldersExperimentIsFoundBesideTheOriginal) {
  const TemporaryFolder original;
  const TemporaryFolder results;
  static_cast<void>(original.write("p.xml", "<platform version='4.1'/>"));
  sweep::Plan plan = sweep::plan_experiment(original.write("x.json", one_worker));
  plan.document["gradwire"] = {{"folder", plan.folder.string()}};

  const sweep::Plan again =
      sweep::plan_experiment(results.write("experiment.json", plan.document.dump()));

  EXPECT_EQ(again.runs[0].scenario, plan.runs[0].scenario);
  EXPECT_EQ(again.folder, plan.folder);
}

TEST(PlatformFile, CountsByItsContentNotItsPath) {
  const TemporaryFolder here;
  const TemporaryFolder there;
  const TemporaryFolder changed;
  static_cast<void>(here.write("p.xml", "<platform version='4.1'/>"));
  static_cast<void>(there.write("p.xml", "<platform version='4.1'/>"));
  static_cast<void>(changed.write("p.xml", "<platform version='4.1' />"));

  const std::string id = sweep::plan_experiment(here.write("x.json", one_worker)).runs[0].id;

  EXPECT_EQ(sweep::plan_experiment(there.write("x.json", one_worker)).runs[0].id, id);
  EXPECT_NE(sweep::plan_experiment(changed.write("x.json", one_worker)).runs[0].id, id);
}

TEST(PlatformFile, ThatChangedIsRefused) {
  const TemporaryFolder folder;
  static_cast<void>(folder.write("p.xml", "<platform version='4.1'/>"));
  const sweep::Plan plan = sweep::plan_experiment(folder.write("x.json", one_worker));
  const auto file = folder.write("scenario.json", to_json(plan.runs[0].scenario).dump());
  EXPECT_EQ(load_scenario(file), plan.runs[0].scenario);

  static_cast<void>(folder.write("p.xml", "<platform version='4.1' />"));

  EXPECT_THAT(
      error_text([&] { static_cast<void>(load_scenario(file)); }, folder.path()),
      testing::MatchesRegex("scenario.json: /platform/digest: must be [0-9a-f]*, the digest "
                            "of p.xml, got [0-9a-f]*"));
}

TEST(PlatformFile, ThatIsMissingIsAnError) {
  EXPECT_EQ(error_text_of(one_worker),
            "x.json: /base/platform/path: cannot read p.xml: No such file or directory");
}

}  // namespace
}  // namespace gradwire::scenario::platform_file_test
