// Golden values: tests/reference/low_rank.py.
#include "sim/algorithms/compressors/atomo.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "sim/algorithms/methods.hpp"
#include "sim/kernels/arithmetic.hpp"
#include "tests/algorithms/compressors/low_rank_layouts.hpp"
#include "tests/support/team.hpp"

namespace gradwire::algorithms::atomo_test {
namespace {

using namespace testing_support;

/// 4 x 3, with singular values 1.4049, 0.5490 and 0.3160.
Vector matrix_4_3() {
  Vector v(12);
  for (int i = 0; i < 12; ++i) {
    v[static_cast<std::size_t>(i)] = static_cast<float>((i * i * 7 + i * 3) % 13 - 6) / 8.0F;
  }
  return v;
}

const std::vector<FactoredTensor> one_matrix{{0, 4, 3, 3}};

StepContext draw(std::uint64_t number) { return {.random = random_key(number)}; }

struct Golden {
  double rank, kept, squared_norm;
};

class AtomoOfRank : public testing::TestWithParam<Golden> {};
INSTANTIATE_TEST_SUITE_P(Ranks, AtomoOfRank,
                         testing::Values(Golden{1, 1.330995, 3.871004},
                                         Golden{2, 1.76212, 2.955437}));

TEST_P(AtomoOfRank, IsUnbiasedAndKeepsTheExpectedNumber) {
  const Vector v = matrix_4_3();
  Atomo atomo(one_matrix, GetParam().rank);
  constexpr int draws = 10'000;
  std::vector<double> sum(12), squares(12);
  double kept = 0.0, kept_squares = 0.0, norm = 0.0, norm_squares = 0.0;
  for (int t = 0; t < draws; ++t) {
    const Message message = atomo.compress(v, draw(static_cast<std::uint64_t>(t)));
    const Vector q = values_of(message, 12);
    for (std::size_t i = 0; i < 12; ++i) {
      sum[i] += q[i];
      squares[i] += static_cast<double>(q[i]) * q[i];
    }
    const double rank = std::get<LowRank>(message).tensors[0].rank;
    kept += rank;
    kept_squares += rank * rank;
    norm += squared_norm(q);
    norm_squares += squared_norm(q) * squared_norm(q);
  }
  const auto five_errors = [](double total, double of_squares) {
    const double mean = total / draws;
    return 5 * std::sqrt(std::max(0.0, of_squares / draws - mean * mean) / draws) + 1e-6;
  };
  for (std::size_t i = 0; i < 12; ++i) {
    EXPECT_NEAR(sum[i] / draws, v[i], five_errors(sum[i], squares[i])) << i;
  }
  EXPECT_NEAR(kept / draws, GetParam().kept, five_errors(kept, kept_squares));
  EXPECT_NEAR(norm / draws, GetParam().squared_norm, five_errors(norm, norm_squares));
}

TEST(Atomo, OfLargeRankSendsTheMatrix) {
  const Vector v = matrix_4_3();
  Atomo atomo(one_matrix, 1000);
  const Vector q = values_of(atomo.compress(v, draw(1)), 12);
  EXPECT_LT(squared_distance(q, v), 1e-12);
}

TEST(Atomo, DrawsTheSameForTheSameKey) {
  const Vector v = matrix_4_3();
  Atomo atomo(one_matrix, 1);
  int differences = 0;
  for (std::uint64_t t = 0; t < 20; ++t) {
    const Message first = atomo.compress(v, draw(t));
    EXPECT_EQ(atomo.compress(v, draw(t)), first);
    differences += atomo.compress(v, draw(t + 100)) == first ? 0 : 1;
  }
  EXPECT_GT(differences, 0);
}

TEST(Atomo, CountsFactorsAndScalesOfWhatIsKept) {
  const Layout layout = small_net();
  const AlgorithmConfig config{.name = "atomo"};
  Worker worker = make_worker(config, layout, 1);
  const WireFormat format = make_wire_format(config, {}, layout);
  for (std::int64_t t = 0; t < 20; ++t) {
    std::vector<Worker> team(1, worker);
    const Message message = exchange(team, {reference_gradient(0, t, layout.size())}, t).sent[0][0];
    const auto& sent = std::get<LowRank>(message);
    ASSERT_EQ(sent.tensors.size(), 2U);  // 3 entries cannot be halved
    std::int64_t floats = 3;
    for (const FactoredTensor& tensor : sent.tensors) {
      EXPECT_GE(tensor.rank, 1U);
      floats += tensor.rank * (tensor.rows + tensor.columns + 1);
    }
    EXPECT_EQ(payload_bits(message), Bits{32 * floats});
    EXPECT_EQ(format.size(message), Bits{32 * floats + 2 * 32});  // and the ranks
    EXPECT_EQ(format.decode(format.encode(message)), message);
    EXPECT_FALSE(is_summable(message));
  }
}

TEST(Atomo, MatricesHaveTheAuthorsShapes) {
  Layout layout;
  layout.add("vector", {8});          // 4 x 2
  layout.add("odd vector", {3});      // whole
  layout.add("matrix", {5, 7});       // 5 x 7
  layout.add("conv", {4, 3, 5, 5});   // (4 3 / 2) x (2 25)
  layout.add("point", {6, 3, 1, 1});  // 6 x 3
  layout.add("odd conv", {3, 1, 3});  // 3 x 3
  layout.add("empty", {0, 4});
  layout.add("scalar", {});
  const std::vector<FactoredTensor> expected{
      {0, 4, 2, 2}, {11, 5, 7, 5}, {46, 6, 50, 6}, {346, 6, 3, 3}, {364, 3, 3, 3}};
  EXPECT_EQ(atomo_matrices(layout), expected);
}

TEST(Atomo, ProbabilitiesAreThoseOfTheDefinition) {
  using testing::ElementsAre;
  EXPECT_THAT(atomo_probabilities(std::vector{6.0, 3.0, 1.0}, 1), ElementsAre(0.6, 0.3, 0.1));
  EXPECT_THAT(atomo_probabilities(std::vector{6.0, 3.0, 1.0}, 2), ElementsAre(1, 0.6, 0.2));
  EXPECT_THAT(atomo_probabilities(std::vector{0.0, 0.0}, 2), ElementsAre(1, 0));
}

TEST(Atomo, OfZeroIsZeroAndOfNanIsNan) {
  Atomo atomo(one_matrix, 2);
  EXPECT_EQ(squared_norm(values_of(atomo.compress(Vector(12, 0.0F), draw(1)), 12)), 0.0);
  Vector bad = matrix_4_3();
  bad[5] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(std::isnan(squared_norm(values_of(atomo.compress(bad, draw(1)), 12))));
}

TEST(Atomo, RefusesAnErrorMemory) {
  AlgorithmConfig config{.name = "custom", .compress = "atomo", .memory = "error_feedback"};
  EXPECT_THAT(incompatibility(config), testing::HasSubstr("amplifies"));
}

}  // namespace
}  // namespace gradwire::algorithms::atomo_test
