#include "analysis/papers/sasg/published.hpp"

#include <gmock/gmock.h>

#include "tests/analysis/support.hpp"

namespace gradwire::analysis::papers::sasg::published_test {
namespace {

TEST(Published, ComparesOnlyUnderThePapersSettings) {
  const Json mnist = {{"dataset", {{"name", "mnist"}, {"partition", {{"kind", "iid"}}}}},
                      {"model", {{"name", "mlp"}, {"hidden", {512}}}},
                      {"batch_size", 10},
                      {"learning_rate", {{"initial", 0.005}}},
                      {"baseline", {{"above", 0.98}}}};
  const analysis::Run run = sample_run("sgd", 1, 10, mnist);
  const analysis::Run easier =
      sample_run("sgd", 1, 10, {{"dataset", {{"name", "mnist"}}}, {"model", {{"name", "mlp"}}}});
  const Published* task = task_of(run, published_tables().table2);

  ASSERT_NE(task, nullptr);
  EXPECT_EQ(task->value("rounds", "sasg"), 22823.0);
  EXPECT_EQ(difference(run, *task), "");
  EXPECT_THAT(difference(easier, *task), testing::HasSubstr("baseline.above is 0.8, not 0.98"));
  EXPECT_EQ(
      difference(sample_run("lasg", 1, 10, mnist), *task),
      "algorithm.max_delay is unknown, not 10, algorithm.threshold_scale is unknown, not 0.5");
  EXPECT_EQ(task_of(sample_run("sgd", 1, 10), published_tables().table2), nullptr);
}

TEST(Published, BitsAgreeWithRoundsTimesElements) {
  // 407,050 values of 32 bits per dense upload, 4,071 per sparse one; the paper prints three
  // digits.
  const Published& task = published_tables().table2[0];

  for (const auto& [algorithm, rounds] : task.values.at("rounds")) {
    const bool sparse = algorithm == "sparse" || algorithm == "sasg";
    const double bits = rounds * 32.0 * (sparse ? 4071.0 : 407050.0);
    EXPECT_NEAR(*task.value("bits", algorithm) / bits, 1.0, 0.005) << algorithm;
  }
}

}  // namespace
}  // namespace gradwire::analysis::papers::sasg::published_test
