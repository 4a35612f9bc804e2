#include "sim/algorithms/memory/momentum_correction.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <utility>
#include <vector>

#include "sim/algorithms/compressors/qsgd.hpp"
#include "sim/algorithms/compressors/selection.hpp"
#include "sim/algorithms/compressors/top_k.hpp"
#include "sim/algorithms/methods.hpp"
#include "sim/algorithms/momentum/momentum.hpp"
#include "sim/core/archive.hpp"
#include "sim/core/random.hpp"
#include "tests/support/fixed_gradient.hpp"
#include "tests/support/weighted_quadratic.hpp"

namespace gradwire::algorithms::momentum_correction_test {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing_support::QuadraticTeam;
using testing_support::send;

constexpr std::size_t d = 200;

TopK top_k(double density) {
  Layout layout;
  layout.add("x", {static_cast<std::int64_t>(d)});
  return TopK({layout, density});
}

Vector normal_vector(std::uint64_t seed) {
  RandomStream random = stream(seed, "momentum correction");
  Vector v(d);
  for (float& x : v) x = static_cast<float>(random.normal());
  return v;
}

Vector copy(std::span<const float> v) { return {v.begin(), v.end()}; }

AlgorithmConfig dgc(double density, double mu) {
  AlgorithmConfig config{.name = "dgc"};
  config.set(density_parameter, density).set(momentum_parameter, mu);
  return config;
}

AlgorithmConfig sgd(double mu, bool nesterov = false) {
  AlgorithmConfig config{.name = "sgd", .reduction = Reduction::mean};
  config.set(momentum_parameter, mu).set(nesterov_parameter, nesterov);
  return config;
}

void expect_near(const Vector& x, const Vector& expected, double tolerance) {
  ASSERT_EQ(x.size(), expected.size());
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(x[i], expected[i], tolerance) << i;
}

// sent + v_after = v_before + u, where u is the velocity before the masking.
TEST(MomentumCorrection, LosesNothingOfWhatItAccumulates) {
  for (const bool nesterov : {false, true}) {
    MomentumCorrection memory({.d = d, .momentum = 0.9F, .nesterov = nesterov});
    TopK largest = top_k(0.05);
    for (std::uint64_t t = 0; t < 20; ++t) {
      const Vector g = normal_vector(t);
      Vector velocity = copy(memory.velocity());
      Vector expected = copy(memory.accumulated());
      for (std::size_t i = 0; i < d; ++i) {
        velocity[i] = nesterov ? 0.9F * (velocity[i] + g[i]) : 0.9F * velocity[i] + g[i];
        expected[i] += nesterov ? velocity[i] + g[i] : velocity[i];
      }
      const Message sent = send(memory, largest, 1, g);
      Vector total = copy(memory.accumulated());
      add_to(sent, total);
      EXPECT_EQ(total, expected);
      for (const std::uint32_t i : std::get<Sparse>(sent).indices) {
        EXPECT_EQ(memory.accumulated()[i], 0.0F);
        EXPECT_EQ(memory.velocity()[i], 0.0F);
        velocity[i] = 0.0F;
      }
      EXPECT_EQ(copy(memory.velocity()), velocity);
    }
  }
}

TEST(Dgc, ThatSendsEveryEntryIsSgdForEveryMomentum) {
  const Vector expected = QuadraticTeam(sgd(0)).after(40, 0.1);
  for (const double mu : {0.0, 0.3, 0.9, 0.99}) {
    expect_near(QuadraticTeam(dgc(1.0, mu)).after(40, 0.1), expected, 1e-6);
  }
}

TEST(Dgc, OfNesterovThatSendsEveryEntryIsSgdWithALargerStep) {
  AlgorithmConfig nesterov = dgc(1.0, 0.5);
  nesterov.set(nesterov_parameter, true);
  expect_near(QuadraticTeam(nesterov).after(40, 0.1), QuadraticTeam(sgd(0)).after(40, 0.15), 1e-6);
}

TEST(Dgc, WithoutMaskingThatSendsEveryEntryIsMomentumSgd) {
  for (const bool nesterov : {false, true}) {
    AlgorithmConfig all = dgc(1.0, 0.6);
    all.set(masking_parameter, false).set(nesterov_parameter, nesterov);
    expect_near(QuadraticTeam(all).after(40, 0.1), QuadraticTeam(sgd(0.6, nesterov)).after(40, 0.1),
                2e-6);
  }
}

TEST(Dgc, WithoutMomentumIsErrorFeedbackOfUnscaledGradients) {
  AlgorithmConfig feedback{.name = "sparse", .reduction = Reduction::mean};
  feedback.set(density_parameter, 0.34);
  feedback.values.emplace("gamma", std::string("outside"));

  EXPECT_EQ(QuadraticTeam(dgc(0.34, 0.0)).after(40, 0.1), QuadraticTeam(feedback).after(40, 0.1));
}

// Golden values: tests/reference/memories.py.
TEST(Dgc, FollowsTheReference) {
  AlgorithmConfig config = dgc(0.34, 0.5);
  expect_near(QuadraticTeam(config).after(20, 0.1),
              {0.512794677F, -0.264858279F, 0.495476906F, 0.10614406F, -0.357241162F, 0.282561759F},
              2e-6);
  AlgorithmConfig nesterov = config;
  nesterov.set(nesterov_parameter, true);
  expect_near(
      QuadraticTeam(nesterov).after(20, 0.1),
      {0.689121512F, -0.267679176F, 0.681443179F, 0.112115112F, -0.270362962F, 0.408164139F}, 2e-6);
  AlgorithmConfig unmasked = config;
  unmasked.set(masking_parameter, false);
  expect_near(
      QuadraticTeam(unmasked).after(20, 0.1),
      {0.626124554F, -0.198367984F, 0.430444289F, 0.0746889511F, -0.29403618F, 0.301605591F}, 2e-6);
  AlgorithmConfig clipped = config;
  clipped.set(clip_norm_parameter, 3.0);  // of a worker: 3 / sqrt(3)
  expect_near(
      QuadraticTeam(clipped).after(20, 0.1),
      {0.487900239F, -0.13572297F, 0.483471167F, 0.0802643538F, -0.216506266F, 0.221191834F}, 2e-6);
}

TEST(MomentumCorrection, AMessageThatIsLostReturns) {
  for (const bool masks : {true, false}) {
    MomentumCorrection memory({.d = d, .momentum = 0.9F, .masks = masks});
    MomentumCorrection unsent = memory;
    TopK largest = top_k(0.05);
    for (std::uint64_t t = 0; t < 5; ++t) {
      static_cast<void>(send(memory, largest, 1, normal_vector(t)));
      unsent = memory;
      Vector velocity = copy(memory.velocity());
      Vector accumulated = copy(memory.accumulated());
      const Vector g = normal_vector(100 + t);
      for (std::size_t i = 0; i < d; ++i) {
        velocity[i] = 0.9F * velocity[i] + g[i];
        accumulated[i] += velocity[i];
      }
      memory.rollback(send(memory, largest, 1, g));

      ASSERT_EQ(copy(memory.velocity()), velocity);
      ASSERT_EQ(copy(memory.accumulated()), accumulated);
      memory = unsent;
    }
  }
}

TEST(MomentumCorrection, AMessageOfEveryEntryThatIsLostReturnsItsMomentum) {
  MomentumCorrection memory({.d = d, .momentum = 0.9F});
  Qsgd qsgd({{0, d, d}}, 4, Qsgd::Norm::l2);
  static_cast<void>(send(memory, qsgd, 1, normal_vector(1)));
  EXPECT_THAT(memory.velocity(), Each(0.0F));

  memory.rollback(send(memory, qsgd, 1, normal_vector(2)));
  EXPECT_EQ(copy(memory.velocity()), normal_vector(2));
}

TEST(MomentumCorrection, AProposalThatIsNotSentLeavesItsBits) {
  MomentumCorrection memory({.d = d, .momentum = 0.9F});
  memory.allow_withdrawal();
  TopK largest = top_k(0.05);
  static_cast<void>(send(memory, largest, 1, normal_vector(1)));
  const Vector velocity = copy(memory.velocity());
  const Vector accumulated = copy(memory.accumulated());
  static_cast<void>(send(memory, largest, 1, normal_vector(2)));
  memory.withdraw();

  EXPECT_EQ(copy(memory.velocity()), velocity);
  EXPECT_EQ(copy(memory.accumulated()), accumulated);
  EXPECT_EQ(memory.state_bytes(), Bytes{2 * 4 * d});
}

TEST(MomentumCorrection, ContinuesFromACheckpointWithTheSameBits) {
  const MomentumCorrection fresh({.d = d, .momentum = 0.9F});
  MomentumCorrection memory = fresh;
  TopK largest = top_k(0.05);
  static_cast<void>(send(memory, largest, 1, normal_vector(1)));
  std::stringstream file;
  {
    SavingArchive archive(file);
    memory.save(archive);
  }
  MomentumCorrection loaded = fresh;
  LoadingArchive archive(file);
  loaded.load(archive);

  EXPECT_EQ(send(loaded, largest, 1, normal_vector(2)), send(memory, largest, 1, normal_vector(2)));
  EXPECT_EQ(copy(loaded.velocity()), copy(memory.velocity()));
}

TEST(MomentumCorrection, WeightDecayEntersTheGradients) {
  AlgorithmConfig decayed = dgc(1.0, 0.7);
  decayed.set(weight_decay_parameter, 0.2);
  AlgorithmConfig expected = sgd(0);
  expected.set(weight_decay_parameter, 0.2);
  expect_near(QuadraticTeam(decayed).after(40, 0.1), QuadraticTeam(expected).after(40, 0.1), 1e-6);
}

TEST(MomentumCorrection, CombinationsWithoutMeaningAreRefusedWithTheReason) {
  EXPECT_EQ(incompatibility({.name = "dgc"}), "");
  AlgorithmConfig config = dgc(0.1, 0.9);
  config.set(momentum_at_parameter, "server");
  EXPECT_EQ(incompatibility(config),
            "momentum_correction applies momentum and weight_decay at the worker: expected "
            "momentum_at worker");
  config = dgc(0.1, 0.9);
  config.set(dampening_parameter, 0.9);
  EXPECT_EQ(incompatibility(config),
            "momentum_correction adds whole gradients: expected dampening 0");
  AlgorithmConfig identity{.name = "custom", .memory = "momentum_correction"};
  EXPECT_THAT(incompatibility(identity), HasSubstr("identity leaves nothing out"));
}

}  // namespace
}  // namespace gradwire::algorithms::momentum_correction_test
