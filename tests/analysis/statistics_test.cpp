// The expected numbers come from SciPy 1.10.1 and NumPy 1.24 (Debian 12), with
//   x = np.array([55000, 60000, 66000, 69000, 60000]); y = np.array([32413, 33100, 34200, 39520,
//   32600])
// and, for the bootstrap, every one of the 5^5 equally likely resamples:
//   resamples = np.array(list(itertools.product(range(5), repeat=5)))
#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "analysis/statistics/bootstrap.hpp"
#include "analysis/statistics/equivalence.hpp"
#include "analysis/statistics/sample.hpp"
#include "sim/core/random.hpp"

namespace gradwire::analysis::statistics_test {
namespace {

const std::vector<double> x{55000, 60000, 66000, 69000, 60000};
const std::vector<double> y{32413, 33100, 34200, 39520, 32600};

TEST(Sample, MeanAndDeviationAreNumPys) {
  EXPECT_DOUBLE_EQ(mean(x), 62000.0);                           // np.mean(x)
  EXPECT_NEAR(standard_deviation(x), 5522.680508593631, 1e-9);  // np.std(x, ddof=1)
  EXPECT_EQ(standard_deviation(std::array{3.0}), 0.0);
}

TEST(Bootstrap, OfAMeanIsTheQuantileOfAllResamples) {
  // np.quantile(x[resamples].mean(axis=1), [.025, .975], method="inverted_cdf")
  const auto interval = bootstrap_mean(x);

  ASSERT_TRUE(interval);
  EXPECT_DOUBLE_EQ(interval->low, 58000.0);
  EXPECT_DOUBLE_EQ(interval->high, 66600.0);
}

TEST(Statistics, OfNumbersWhoseSumOverflowsAreUnknown) {
  const std::vector<double> large{1.5e308, 1.6e308, -1.7e308};
  EXPECT_FALSE(bootstrap_ratio(large, std::vector<double>{1.5e308, 1.6e308, 1.7e308}));
  EXPECT_EQ(equivalence(large, 1.0, 0.1).verdict, Verdict::undetermined);
}

TEST(Bootstrap, OfARatioResamplesPairs) {
  // np.quantile(y[resamples].mean(axis=1) / x[resamples].mean(axis=1), [.025, .975],
  //             method="inverted_cdf")
  const auto interval = bootstrap_ratio(y, x);

  ASSERT_TRUE(interval);
  EXPECT_NEAR(interval->low, 0.5342948717948718, 1e-12);
  EXPECT_NEAR(interval->high, 0.5755075528700906, 1e-12);
}

TEST(Bootstrap, OfProportionalPairsHasNoWidth) {
  std::vector<double> doubled = x;
  for (double& value : doubled) value *= 2.0;

  const auto interval = bootstrap_ratio(doubled, x);

  ASSERT_TRUE(interval);
  EXPECT_NEAR(interval->low, 2.0, 1e-12);
  EXPECT_NEAR(interval->high, 2.0, 1e-12);
}

TEST(Bootstrap, OfManyIsCloseToTheNormalInterval) {
  std::vector<double> many;
  RandomStream random = stream(1, "test");
  for (int i = 0; i < 400; ++i) many.push_back(random.normal());
  const double error = standard_deviation(many) / 20.0;

  const auto interval = bootstrap_mean(many);

  ASSERT_TRUE(interval);
  EXPECT_NEAR(interval->low, mean(many) - 1.96 * error, 0.15 * error);   // 10,000 draws: a tail
  EXPECT_NEAR(interval->high, mean(many) + 1.96 * error, 0.15 * error);  // quantile is +-0.03 sd
}

TEST(Bootstrap, CoversAsOftenAsTheReportSays) {
  constexpr int trials = 3000;
  int covered = 0;
  RandomStream random = stream(2, "test");
  for (int trial = 0; trial < trials; ++trial) {
    std::array<double, 5> values{};
    for (double& value : values) value = random.normal();
    const auto interval = bootstrap_mean(values);
    if (interval->low <= 0.0 && 0.0 <= interval->high) ++covered;
  }
  EXPECT_NEAR(covered / double{trials}, 0.83, 0.03);  // four standard errors of the count
}

TEST(Bootstrap, NeedsTwoValuesAndADenominatorAwayFromZero) {
  EXPECT_FALSE(bootstrap_mean(std::array{1.0}));
  EXPECT_FALSE(bootstrap_ratio(std::array{1.0, 2.0}, std::array{-1.0, 1.0}));
}

TEST(Equivalence, IsSchuirmannsTest) {
  // max(stats.ttest_1samp(x, 0.9 * mu, alternative="greater").pvalue,
  //     stats.ttest_1samp(x, 1.1 * mu, alternative="less").pvalue), mu = 60400 and 67400
  const Equivalence near = equivalence(x, 60400, 0.1);
  const Equivalence far = equivalence(x, 67400, 0.1);

  EXPECT_NEAR(near.p, 0.07331486328012758, 1e-9);
  EXPECT_NEAR(far.p, 0.3081270574377167, 1e-9);
  EXPECT_EQ(near.verdict, Verdict::undetermined);
  EXPECT_EQ(far.verdict, Verdict::undetermined);
}

TEST(Equivalence, TellsDifferentFromUndetermined) {
  // stats.ttest_1samp(x, 0.9 * 90000, alternative="less").pvalue is 0.00077
  EXPECT_EQ(equivalence(x, 90000, 0.1).verdict, Verdict::different);
  EXPECT_EQ(equivalence(x, 70000, 0.1).verdict, Verdict::undetermined);
}

TEST(Equivalence, OfOneValueIsUndeterminedAndWithoutSpreadIsPlain) {
  EXPECT_EQ(equivalence(std::array{60400.0}, 60400, 0.1).verdict, Verdict::undetermined);
  EXPECT_EQ(equivalence(std::array{60.0, 60.0}, 61, 0.1).verdict, Verdict::equivalent);
  EXPECT_EQ(equivalence(std::array{60.0, 60.0}, 90, 0.1).verdict, Verdict::different);
}

}  // namespace
}  // namespace gradwire::analysis::statistics_test
