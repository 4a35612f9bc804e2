#include "sim/algorithms/memory/difference.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <utility>
#include <vector>

#include "sim/algorithms/compressors/identity.hpp"
#include "sim/algorithms/compressors/selection.hpp"
#include "sim/algorithms/compressors/top_k.hpp"
#include "sim/algorithms/methods.hpp"
#include "sim/algorithms/momentum/momentum.hpp"
#include "sim/core/archive.hpp"
#include "sim/core/random.hpp"
#include "sim/kernels/arithmetic.hpp"
#include "tests/support/fixed_gradient.hpp"
#include "tests/support/normal_vector.hpp"
#include "tests/support/weighted_quadratic.hpp"

namespace gradwire::algorithms::difference_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing_support::QuadraticTeam;
using testing_support::send;
using testing_support::WeightedQuadratic;

TopK top_k(std::int64_t d, double density) {
  Layout layout;
  layout.add("x", {d});
  return TopK({layout, density});
}

Vector held(const Difference& memory) { return {memory.held().begin(), memory.held().end()}; }

AlgorithmConfig named(const char* name, double density) {
  AlgorithmConfig config{.name = name};
  config.set(density_parameter, density);
  return config;
}

void expect_near(const Vector& x, const Vector& expected, double tolerance) {
  ASSERT_EQ(x.size(), expected.size());
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(x[i], expected[i], tolerance) << i;
}

TEST(Difference, SendsTheChangeFromWhatBothEndsHold) {
  Difference memory({.d = 3});
  TopK largest = top_k(3, 0.34);

  EXPECT_EQ(send(memory, largest, 1, {3, -4, 1}), Message(Sparse{{1}, {-4}}));
  EXPECT_THAT(memory.held(), ElementsAre(0, -4, 0));
  EXPECT_EQ(send(memory, largest, 1, {3, -2, 1}), Message(Sparse{{0}, {3}}));
  EXPECT_EQ(send(memory, largest, 1, {3, -2, 1}), Message(Sparse{{1}, {2}}));
  EXPECT_THAT(memory.held(), ElementsAre(3, -2, 0));
  EXPECT_EQ(memory.state_bytes(), Bytes{12});
}

TEST(Difference, AddsAShareOfTheMessageWhereAsked) {
  Difference memory({.d = 2, .step = 0.25F});
  TopK largest = top_k(2, 0.5);

  EXPECT_EQ(send(memory, largest, 1, {8, 1}), Message(Sparse{{0}, {8}}));
  EXPECT_THAT(memory.held(), ElementsAre(2, 0));
  EXPECT_EQ(send(memory, largest, 1, {8, 1}), Message(Sparse{{0}, {6}}));
  EXPECT_THAT(memory.held(), ElementsAre(3.5, 0));
}

TEST(Difference, TheFirstMessageIsTheWholeVectorWhereAsked) {
  Difference memory({.d = 2, .first_is_dense = true});
  TopK largest = top_k(2, 0.5);

  EXPECT_EQ(send(memory, largest, 1, {8, 1}), Message(Dense{{8, 1}}));
  EXPECT_THAT(memory.held(), ElementsAre(8, 1));
  EXPECT_EQ(send(memory, largest, 1, {9, 5}), Message(Sparse{{1}, {4}}));
}

TEST(Difference, AMessageThatIsLostOrNotSentLeavesItsBits) {
  for (const bool is_lost : {true, false}) {
    for (const bool first_is_dense : {false, true}) {
      for (const float step : {1.0F, first_is_dense ? 1.0F : 0.3F}) {
        Difference memory({.d = 500, .step = step, .first_is_dense = first_is_dense});
        TopK largest = top_k(500, 0.1);
        for (std::uint64_t t = 0; t < 5; ++t) {
          const Vector before = held(memory);
          const Message sent = send(memory, largest, 1, normal_vector(500, t));
          if (is_lost) {
            memory.rollback(sent);
          } else {
            memory.withdraw();
          }
          ASSERT_EQ(held(memory), before);
          ASSERT_EQ(send(memory, largest, 1, normal_vector(500, t)),
                    sent);  // dense again, if first
        }
      }
    }
  }
}

TEST(Difference, MeasuresWhatTheMessageLeavesOut) {
  Difference memory({.d = 3});
  TopK largest = top_k(3, 0.34);
  static_cast<void>(send(memory, largest, 1, {3, -4, 1}));
  EXPECT_THROW(static_cast<void>(memory.left_out()), std::logic_error);

  memory.allow_withdrawal();
  static_cast<void>(send(memory, largest, 1, {5, -4, 1}));  // change (5, 0, 1) sent as (5, 0, 0)
  EXPECT_EQ(memory.left_out(), 1.0);
  Difference whole({.d = 3, .first_is_dense = true});
  whole.allow_withdrawal();
  static_cast<void>(send(whole, largest, 1, {5, -4, 1}));
  EXPECT_EQ(whole.left_out(), 0.0);
}

TEST(Difference, ContinuesFromACheckpointWithTheSameBits) {
  Difference memory({.d = 100, .first_is_dense = true});
  TopK largest = top_k(100, 0.1);
  for (std::uint64_t t = 0; t < 3; ++t) {
    static_cast<void>(send(memory, largest, 1, normal_vector(100, t)));
  }
  std::stringstream file;
  {
    SavingArchive archive(file);
    memory.save(archive);
  }
  Difference loaded({.d = 100, .first_is_dense = true});
  LoadingArchive archive(file);
  loaded.load(archive);

  EXPECT_EQ(held(loaded), held(memory));
  EXPECT_EQ(send(loaded, largest, 1, normal_vector(100, 9)),
            send(memory, largest, 1, normal_vector(100, 9)));
}

// With a contraction ||v - C(v)||^2 <= (1 - a) ||v||^2, a = k/d, and th = 1 - sqrt(1 - a),
// be = (1 - a) / th, for every worker and step (Richtarik et al., lemma 1):
//   ||h+ - g(x+)||^2 <= (1 - th) ||h - g(x)||^2 + be ||g(x+) - g(x)||^2.
TEST(Ef21, ContractsInEveryStepOfEveryWorker) {
  for (const double density : {0.17, 0.34, 0.5, 0.84}) {
    TopK largest = top_k(WeightedQuadratic::d, density);
    const double a = static_cast<double>(total_k(largest.blocks())) / WeightedQuadratic::d;
    const double theta = 1 - std::sqrt(1 - a);
    const double beta = (1 - a) / theta;
    for (int m = 0; m < 3; ++m) {
      const WeightedQuadratic objective(m);
      Difference memory({.d = WeightedQuadratic::d});
      Vector x(WeightedQuadratic::d, 0.0F);
      Vector g = objective.gradient(x);
      static_cast<void>(send(memory, largest, 1, g));
      double error = squared_distance(memory.held(), g);
      for (int t = 0; t < 40; ++t) {
        add_scaled(-0.1F, memory.held(), x);
        const Vector next = objective.gradient(x);
        static_cast<void>(send(memory, largest, 1, next));
        const double next_error = squared_distance(memory.held(), next);
        EXPECT_LE(next_error, (1 - theta) * error + beta * squared_distance(next, g) + 1e-12);
        error = next_error;
        g = next;
      }
    }
  }
}

TEST(Ef21, ThatSendsEveryEntryIsGradientDescent) {
  AlgorithmConfig descent{.name = "sgd", .reduction = Reduction::mean};
  const Vector expected = QuadraticTeam(descent).after(50, 0.3);

  expect_near(QuadraticTeam(named("ef21", 1.0)).after(50, 0.3), expected, 1e-6);
  AlgorithmConfig identity{.name = "custom", .memory = "difference"};
  expect_near(QuadraticTeam(identity).after(50, 0.3), expected, 1e-6);
  identity.set(difference_step_parameter, 0.3);  // h + (u - h) is u for every step
  expect_near(QuadraticTeam(identity).after(50, 0.3), expected, 1e-6);
}

TEST(Ef21, FindsTheMinimumWhereErrorFeedbackStaysAwayFromIt) {
  const Vector minimum =
      QuadraticTeam({.name = "sgd", .reduction = Reduction::mean}).after(400, 0.3);
  AlgorithmConfig feedback = named("sparse", 0.17);
  feedback.reduction = Reduction::mean;
  const double left = squared_distance(QuadraticTeam(feedback).after(400, 0.1), minimum);
  const double ef21 = squared_distance(QuadraticTeam(named("ef21", 0.17)).after(400, 0.1), minimum);

  EXPECT_GT(left, 1e-5);
  EXPECT_LT(ef21, 1e-11);
}

// A vector that only one end had advanced would keep the model away from the minimum.
TEST(Ef21, FindsTheMinimumAlsoWhereUploadsAreLost) {
  const Vector minimum =
      QuadraticTeam({.name = "sgd", .reduction = Reduction::mean}).after(400, 0.3);
  QuadraticTeam team(named("ef21", 0.34));
  RandomStream random = stream(1, "lost uploads");
  for (int t = 0; t < 800; ++t) {
    std::vector<Message> sent = team.messages(0.1);
    Dropped dropped(sent.size());
    for (std::size_t m = 0; m < sent.size(); ++m) {
      dropped[m] = t == 0 ? m == 1 : random.below(3) == 0;
      if (dropped[m]) team.team[m].rollback(sent[m]);
    }
    team.server.step(0.1, std::move(sent), dropped);
  }
  EXPECT_LT(squared_distance(team.server.model()->plain(), minimum), 1e-10);
}

TEST(Ef21, CountsTheFirstMessageWithAllItsBits) {
  QuadraticTeam team(named("ef21", 0.34));
  const WireFormat format = make_wire_format(named("ef21", 0.34), {}, QuadraticTeam::layout());
  std::vector<Message> sent = team.messages(0.1);
  EXPECT_EQ(payload_bits(sent[0]), Bits{6 * 32});
  EXPECT_EQ(format.size(sent[0]), Bits{6 * 32});
  team.server.step(0.1, std::move(sent));
  sent = team.messages(0.1);
  EXPECT_EQ(payload_bits(sent[0]), Bits{2 * 32});
  EXPECT_EQ(format.size(sent[0]), Bits{2 * 64});
}

// Golden values: tests/reference/memories.py.
TEST(Ef21Momentum, FollowsTheReference) {
  AlgorithmConfig config = named("ef21_momentum", 0.34);
  config.set(momentum_parameter, 0.75).set(dampening_parameter, 0.75);
  expect_near(
      QuadraticTeam(config).after(20, 0.2),
      {0.585897116F, -0.189526154F, 0.527590852F, 0.0496315674F, -0.237886658F, 0.277121086F},
      2e-6);
}

// Golden values: tests/reference/memories.py.
TEST(Diana, FollowsTheReference) {
  AlgorithmConfig config{.name = "custom", .compress = "top_k", .memory = "difference"};
  config.set(density_parameter, 0.34).set(difference_step_parameter, 0.25);
  expect_near(QuadraticTeam(config).after(20, 0.2),
              {0.661345585F, -0.216325031F, 0.57384798F, 0.028948947F, -0.255281888F, 0.257615711F},
              2e-6);
}

// QSGD alone keeps its noise, since the workers' gradients are not 0 at the minimum; DIANA's
// differences are, so that its noise vanishes with them.
TEST(Diana, FindsTheMinimumWhereQuantisedGradientsStayAwayFromIt) {
  const Vector minimum =
      QuadraticTeam({.name = "sgd", .reduction = Reduction::mean}).after(400, 0.3);
  AlgorithmConfig qsgd{.name = "diana"};
  qsgd.name = "custom";
  qsgd.compress = "qsgd";
  qsgd.values = {{"levels", std::int64_t{1}}, {"norm", std::string("max")}};
  AlgorithmConfig diana{.name = "diana"};
  diana.set(difference_step_parameter, 0.5);  // 2 / (1 + sqrt 6) = 0.58
  const double left = squared_distance(QuadraticTeam(qsgd).after(1500, 0.05), minimum);
  const double differences = squared_distance(QuadraticTeam(diana).after(1500, 0.05), minimum);

  EXPECT_GT(left, 1e-4);
  EXPECT_LT(differences, 1e-10);
}

TEST(Difference, CombinationsWithoutMeaningAreRefusedWithTheReason) {
  AlgorithmConfig config{.name = "ef21"};
  EXPECT_EQ(incompatibility(config), "");
  config.set(difference_step_parameter, 0.5);
  EXPECT_EQ(incompatibility(config),
            "a dense first message is what both ends hold afterwards: expected difference_step 1");
  config.set(first_message_parameter, "compressed");
  EXPECT_EQ(incompatibility(config), "");

  AlgorithmConfig lazy{.name = "laq"};
  lazy.set(difference_step_parameter, 0.5);
  EXPECT_THAT(incompatibility(lazy), HasSubstr("laq repeats a worker's last contribution"));

  AlgorithmConfig random{.name = "custom", .compress = "random_k", .memory = "difference"};
  random.values.emplace("scaling", std::string("unbiased"));
  EXPECT_THAT(incompatibility(random), HasSubstr("multiplies by d/k"));
  random.set(difference_step_parameter, 0.01);
  EXPECT_EQ(incompatibility(random), "");
}

TEST(Server, HasNoJoinedMessageOfDifferences) {
  Server server = make_server({.name = "ef21"}, QuadraticTeam::layout(), Vector(6, 0.0F), 3);
  EXPECT_THROW(server.step_joined(1, Dense{Vector(6)}, 3), std::logic_error);
}

}  // namespace
}  // namespace gradwire::algorithms::difference_test
