#include "sim/algorithms/server_steps/adaptive.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <sstream>
#include <vector>

#include "sim/algorithms/methods.hpp"
#include "sim/algorithms/send_rules/lazy.hpp"
#include "sim/core/archive.hpp"
#include "sim/core/random.hpp"
#include "tests/support/fixed_gradient.hpp"

namespace gradwire::algorithms::adaptive_test {
namespace {

using testing_support::FixedGradient;

AlgorithmConfig custom(const char* server_step, double beta2, double epsilon) {
  AlgorithmConfig config{.name = "custom"};
  config.server_step = server_step;
  config.set(beta2_parameter, beta2).set(epsilon_parameter, epsilon);
  return config;
}

/// theta after five steps with step size 0.1 and the gradients of tests/reference/adaptive.py.
Vector after_five_steps(const AlgorithmConfig& config) {
  Layout layout;
  layout.add("theta", {3});
  std::vector<Worker> workers(2, make_worker(config, layout, 2));
  Server server = make_server(config, layout, Vector{1.0F, -2.0F, 0.5F}, 2);
  for (int i = 0; i < 5; ++i) {
    const auto t = static_cast<float>(i);
    FixedGradient first({1 + t, -0.5F, i % 2 == 0 ? 0.25F : -0.25F});
    FixedGradient second({0.5F, 2 - t, 0.75F});
    std::vector<Message> uploads;
    uploads.push_back(workers[0].step(server.model(), StepSize::same(0.1), first, {}));
    uploads.push_back(workers[1].step(server.model(), StepSize::same(0.1), second, {}));
    server.step(0.1, std::move(uploads));
  }
  return server.model()->plain();
}

void expect_near(const Vector& theta, std::initializer_list<double> golden) {
  ASSERT_EQ(theta.size(), golden.size());
  for (std::size_t i = 0; i < golden.size(); ++i) EXPECT_NEAR(theta[i], golden.begin()[i], 2e-6);
}

// Golden values: tests/reference/adaptive.py.
TEST(Adaptive, StepsAsPrinted) {
  expect_near(after_five_steps(custom("adam", 0.99, 1e-3)),
              {0.26861908, -2.17796286, -0.205793214});
  expect_near(after_five_steps(custom("yogi", 0.99, 1e-3)),
              {0.270741094, -2.1774718, -0.201431698});
  expect_near(after_five_steps(custom("amsgrad", 0.999, 1e-8)),
              {-1.31896001, -2.57067776, -1.75138692});
  AlgorithmConfig inside = custom("amsgrad", 0.5, 1e-2);
  inside.set(epsilon_place_parameter, "inside");
  expect_near(after_five_steps(inside), {0.8806941, -2.02319158, 0.373854138});
  AlgorithmConfig of_largest = custom("amsgrad", 0.5, 1e-8);
  of_largest.set(second_moment_of_parameter, "largest");
  expect_near(after_five_steps(of_largest), {0.880210041, -2.02450333, 0.375631444});
}

TEST(Adaptive, CadaWithoutAThresholdIsDistributedAmsgrad) {
  for (const char* name : {"cada1", "cada2"}) {
    AlgorithmConfig config{.name = name};
    config.set(threshold_scale_parameter, 0.0);
    expect_near(after_five_steps(config), {-1.31896001, -2.57067776, -1.75138692});
  }
}

Vector normals(std::size_t n, std::uint64_t seed) {
  RandomStream random = stream(seed, "adaptive test");
  Vector v(n);
  for (float& x : v) x = static_cast<float>(random.normal());
  return v;
}

const Adaptive::Rule every_rule[] = {Adaptive::Rule::adam, Adaptive::Rule::yogi,
                                     Adaptive::Rule::amsgrad, Adaptive::Rule::amsgrad_of_largest};

/// theta after three steps in blocks of this size.
Vector in_blocks(Adaptive step, std::size_t block) {
  constexpr std::size_t d = 1003;
  Vector theta(d, 0.5F);
  for (std::uint64_t t = 0; t < 3; ++t) {
    Vector sum = normals(d, t);
    Vector next(d);
    SquaredDistance moved;
    for (std::size_t begin = 0; begin < d; begin += block) {
      const std::size_t n = std::min(block, d - begin);
      step.step(begin, {.gamma = 0.01F, .weight = 0.25F}, std::span(theta).subspan(begin, n),
                std::span(sum).subspan(begin, n), std::span(next).subspan(begin, n), moved);
    }
    EXPECT_THAT(sum, testing::Each(0.0F));
    EXPECT_EQ(moved.total(), squared_distance(next, theta));
    theta = next;
  }
  return theta;
}

TEST(Adaptive, BitsDoNotDependOnTheBlocks) {
  for (const Adaptive::Rule rule : every_rule) {
    const Adaptive step({.rule = rule, .initial_second = 1e-6F}, 1003);
    const Vector whole = in_blocks(step, 1003);
    EXPECT_EQ(in_blocks(step, 32), whole);
    EXPECT_EQ(in_blocks(step, 416), whole);
  }
}

TEST(Adaptive, LargestMeanOfSquaresNeverFalls) {
  for (const Adaptive::Rule rule : {Adaptive::Rule::amsgrad, Adaptive::Rule::amsgrad_of_largest}) {
    constexpr std::size_t d = 100;
    Adaptive step({.rule = rule, .beta2 = 0.9}, d);
    Vector theta(d, 0.0F);
    Vector before(d, 0.0F);
    int rises = 0;
    for (std::uint64_t t = 0; t < 50; ++t) {
      Vector sum = normals(d, t);
      SquaredDistance moved;
      step.step(0, {.gamma = 0.01F}, theta, sum, theta, moved);
      for (std::size_t i = 0; i < d; ++i) {
        EXPECT_GE(step.second_moment()[i], before[i]);
        rises += step.second_moment()[i] > before[i] ? 1 : 0;
      }
      before.assign(step.second_moment().begin(), step.second_moment().end());
    }
    EXPECT_GT(rises, 100);
    EXPECT_LT(rises, 4900);
  }
}

TEST(Adaptive, AFirstStepIsGammaInEveryEntry) {
  // beta1 = 0: G/sqrt((1 - beta2) G^2) is the sign of G over sqrt(1 - beta2).
  for (const Adaptive::Rule rule : every_rule) {
    Adaptive step({.rule = rule, .beta1 = 0, .beta2 = 0.75, .epsilon = 1e-20F}, 4);
    const Vector theta(4, 0.0F);
    Vector sum{1e-3F, -5, 700, -1};
    Vector next(4);
    SquaredDistance moved;
    step.step(0, {.gamma = 0.25F}, theta, sum, next, moved);
    EXPECT_THAT(next, testing::Pointwise(testing::FloatEq(), Vector{-0.5F, 0.5F, -0.5F, 0.5F}));
  }
}

TEST(Adaptive, ARestoredStepContinuesAsTheSavedOne) {
  for (const Adaptive::Rule rule : every_rule) {
    Adaptive step({.rule = rule}, 1003);
    in_blocks(step, 1003);
    Vector theta(1003, 0.0F);
    Vector sum = normals(1003, 9);
    SquaredDistance moved;
    step.step(0, {.gamma = 0.1F}, theta, sum, theta, moved);
    std::stringstream file;
    {
      SavingArchive archive(file);
      step.save(archive);
    }
    Adaptive restored({.rule = rule}, 1003);
    LoadingArchive archive(file);
    restored.load(archive);

    EXPECT_EQ(restored.state_bytes(), step.state_bytes());
    EXPECT_EQ(in_blocks(restored, 1003), in_blocks(step, 1003));
  }
}

TEST(Adaptive, GammaScalesTheStepAndNotWhatWorkersSend) {
  AlgorithmConfig config{.name = "custom"};
  config.server_step = "amsgrad";
  config.memory = "error_feedback";
  config.compress = "top_k";

  EXPECT_THAT(incompatibility(config),
              testing::HasSubstr("amsgrad acts on contributions without gamma"));
}

}  // namespace
}  // namespace gradwire::algorithms::adaptive_test
