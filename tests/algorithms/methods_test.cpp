#include "sim/algorithms/methods.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/algorithms/compressors/low_rank.hpp"
#include "sim/algorithms/compressors/selection.hpp"
#include "sim/algorithms/send_rules/lazy.hpp"
#include "sim/core/random.hpp"
#include "sim/kernels/arithmetic.hpp"
#include "tests/support/quadratic.hpp"
#include "tests/support/worker_minibatches.hpp"

namespace gradwire::algorithms::methods_test {
namespace {

using testing_support::Quadratic;
using testing_support::two_tensors;

constexpr int workers = 5;
constexpr double gamma = 0.02;

/// Trains a method without a network.
struct Learning {
  explicit Learning(const AlgorithmConfig& given, std::uint64_t seed = 1,
                    Layout layout = two_tensors(200))
      : config(given),
        problem(workers, std::move(layout), seed, 0.3),
        server(make_server(config, problem.layout(), problem.initial_parameters(), workers)),
        team(workers, make_worker(config, problem.layout(), workers)) {}

  /// Computes one iteration and returns the messages of all workers.
  std::vector<Message> step() {
    const auto batches = problem.minibatches(server.model()->iteration, server.model());
    std::vector<Message> said;
    for (int m = 0; m < workers; ++m) {
      said.push_back(sent_by(m, *batches));
    }
    for (int e = 1; e < team.front().exchanges(); ++e) {
      const Message reduced = team.front().reduce(e - 1, said);
      for (int m = 0; m < workers; ++m) {
        const auto index = static_cast<std::size_t>(m);
        said[index] = team[index].next_exchange(e, reduced, context(m));
      }
    }
    if (const auto joined = team.front().joined(said)) {
      for (Worker& worker : team) worker.receive_joined(*joined, true);
      server.step_joined(gamma, *joined, workers);
    } else {
      server.step(server_factor(config, StepSize::same(gamma), workers), said);
    }
    return said;
  }
  /// With two local steps, if the method has them.
  Message sent_by(int m, Minibatches& batches) {
    constexpr int steps = 2;
    Worker& worker = team[static_cast<std::size_t>(m)];
    const StepSize size = StepSize::same(gamma);
    if (!has_local_steps(config)) {
      return worker.step(server.model(), size, batches.of(m), context(m));
    }
    testing_support::WorkerMinibatches own(problem, m, steps * server.model()->iteration);
    return worker.step_locally(server.model(), size, {own, steps}, context(m));
  }
  [[nodiscard]] StepContext context(int worker) const {
    const auto t = static_cast<std::uint64_t>(server.model()->iteration);
    const auto m = static_cast<std::uint64_t>(worker);
    return {.iteration = server.model()->iteration,
            .worker = worker,
            .random = random_key(stream_hash(7, "methods test", m, t)),
            .shared = random_key(t)};
  }
  Vector parameters_after(int iterations) {
    for (int t = 0; t < iterations; ++t) step();
    return server.model()->plain();
  }

  AlgorithmConfig config;
  Quadratic problem;
  Server server;
  std::vector<Worker> team;
};

AlgorithmConfig named(const char* name) {
  AlgorithmConfig config{.name = name};
  config.set(density_parameter, 0.05).set(max_delay_parameter, 4);
  return config;
}

class EverySeed : public testing::TestWithParam<std::uint64_t> {};

TEST_P(EverySeed, SparseThatKeepsAllIsSgd) {
  AlgorithmConfig all = named("sparse");
  all.set(density_parameter, 1.0);

  EXPECT_EQ(Learning(all, GetParam()).parameters_after(40),
            Learning(named("sgd"), GetParam()).parameters_after(40));
}

TEST_P(EverySeed, SasgThatKeepsAllIsLasg) {
  AlgorithmConfig all = named("sasg");
  all.set(density_parameter, 1.0);

  EXPECT_EQ(Learning(all, GetParam()).parameters_after(40),
            Learning(named("lasg"), GetParam()).parameters_after(40));
}

TEST_P(EverySeed, LasgThatIsNeverLazyIsSgd) {
  AlgorithmConfig eager = named("lasg");
  eager.set(threshold_scale_parameter, 0.0);

  EXPECT_EQ(Learning(eager, GetParam()).parameters_after(40),
            Learning(named("sgd"), GetParam()).parameters_after(40));
}

TEST_P(EverySeed, SasgThatIsNeverLazyIsSparse) {
  AlgorithmConfig eager = named("sasg");
  eager.set(threshold_scale_parameter, 0.0);

  EXPECT_EQ(Learning(eager, GetParam()).parameters_after(40),
            Learning(named("sparse"), GetParam()).parameters_after(40));
}

TEST_P(EverySeed, PowerSgdOfFullRankIsSgd) {
  Layout layout;
  layout.add("wide", {3, 8});
  layout.add("vector", {5});
  layout.add("tall", {9, 2, 2});
  AlgorithmConfig full = named("powersgd");
  full.set(rank_parameter, 8).set(momentum_parameter, 0).set(weight_decay_parameter, 0);
  full.set(nesterov_parameter, false);
  AlgorithmConfig mean = named("sgd");
  mean.reduction = Reduction::mean;
  const Vector found = Learning(full, GetParam(), layout).parameters_after(40);
  const Vector expected = Learning(mean, GetParam(), layout).parameters_after(40);

  EXPECT_LT(squared_distance(found, expected), 1e-10 * squared_norm(expected));
}

INSTANTIATE_TEST_SUITE_P(Seeds, EverySeed, testing::Range<std::uint64_t>(1, 11));

TEST(Sgd, TakesTheStepOfTheDefinition) {
  Learning learning(named("sgd"));
  const Vector before = learning.server.model()->plain();
  Vector sum(before.size(), 0.0F);
  const auto batches = learning.problem.minibatches(0, learning.server.model());
  for (int m = 0; m < workers; ++m) {
    const auto g = batches->of(m).at(learning.server.model());
    for (std::size_t i = 0; i < g.size(); ++i) sum[i] += static_cast<float>(gamma) * g[i];
  }
  Vector expected = before;
  for (std::size_t i = 0; i < sum.size(); ++i) expected[i] -= sum[i];

  learning.step();

  EXPECT_EQ(learning.server.model()->plain(), expected);
}

TEST(Sasg, NeverSkipsLongerThanItsDelayAllows) {
  Learning learning(named("sasg"));
  std::vector<int> silent(workers, 0);
  int longest = 0;
  for (int t = 0; t < 300; ++t) {
    const auto said = learning.step();
    for (std::size_t m = 0; m < said.size(); ++m) {
      silent[m] = std::holds_alternative<Skip>(said[m]) ? silent[m] + 1 : 0;
      longest = std::max(longest, silent[m]);
    }
  }

  EXPECT_GT(longest, 0);
  EXPECT_LE(longest, 4 + 1);  // D, and one more directly after the warm-up (the authors' count)
}

TEST(Sasg, LeavesTheErrorMemoryAloneWhenItSkips) {
  // v = theta - sum_m e_m moves by -(sum of gamma g of the workers that send) - (stale q of the
  // workers that skip): exactly in real arithmetic, here up to rounding.
  Learning learning(named("sasg"));
  std::vector<Vector> memory(workers, Vector(200, 0.0F));
  std::vector<Sparse> newest(workers);
  for (int t = 0; t < 50; ++t) {
    const Model theta = learning.server.model();
    const auto batches = learning.problem.minibatches(theta->iteration, theta);
    std::vector<Vector> gradients;
    for (int m = 0; m < workers; ++m) {
      const auto g = batches->of(m).at(theta);
      gradients.emplace_back(g.begin(), g.end());
    }
    const auto said = learning.step();
    for (std::size_t m = 0; m < workers; ++m) {
      const auto* sent = std::get_if<Sparse>(&said[m]);
      if (sent == nullptr) continue;
      add_scaled(static_cast<float>(gamma), gradients[m], memory[m]);
      for (std::size_t i = 0; i < sent->indices.size(); ++i) {
        EXPECT_EQ(sent->values[i], memory[m][sent->indices[i]]);  // C(p) has the bits of p
        memory[m][sent->indices[i]] = 0.0F;                       // and e' the rest
      }
      newest[m] = *sent;
    }
    Vector sum(200, 0.0F);
    for (const Sparse& q : newest) {
      for (std::size_t i = 0; i < q.indices.size(); ++i) sum[q.indices[i]] += q.values[i];
    }
    Vector expected = theta->plain();
    subtract(sum, expected);
    EXPECT_EQ(learning.server.model()->plain(), expected);
  }
}

TEST(Reduction, AMeanAtMTimesTheStepSizeIsTheSumToRounding) {
  AlgorithmConfig mean = named("sgd");
  mean.reduction = Reduction::mean;
  Learning by_mean(mean);
  Learning by_sum(named("sgd"));
  const Vector start = by_sum.server.model()->plain();
  by_sum.step();
  by_mean.step();

  for (std::size_t i = 0; i < start.size(); ++i) {
    const float sum_step = by_sum.server.model()->parameters()[i] - start[i];
    const float mean_step = by_mean.server.model()->parameters()[i] - start[i];
    EXPECT_NEAR(workers * mean_step, sum_step, 1e-5);  // a few roundings of numbers near 1
  }
}

// Steps of a momentum with the mean of the messages, to rounding: joined levels times s/M are it.
TEST(TernGrad, TakesTheStepOfTheDefinition) {
  Learning learning(named("terngrad"));
  Vector velocity(200, 0.0F);
  for (int t = 0; t < 20; ++t) {
    const Vector before = learning.server.model()->plain();
    Vector mean(200, 0.0F);
    for (const Message& message : learning.step()) add_to(message, mean);
    for (std::size_t i = 0; i < mean.size(); ++i) {
      velocity[i] = 0.9F * velocity[i] + mean[i] / workers;
      const float expected = before[i] - static_cast<float>(gamma) * velocity[i];
      EXPECT_NEAR(learning.server.model()->parameters()[i], expected, 1e-5);
    }
  }
}

TEST(EveryMethod, BringsTheQuadraticToItsMinimum) {
  for (const Method& row : methods()) {
    if (row.gossip != nullptr) continue;        // gossip/gossip_methods_test.cpp
    if (row.asynchronous != nullptr) continue;  // asynchronous/asynchronous_server_test.cpp
    AlgorithmConfig config = named("");
    config.name = row.name;
    // Adaptive steps have about the length of the rate: the paper's is too short for 400 of them.
    const bool is_adaptive = row.server_step->name == "adam" || row.server_step->name == "yogi";
    if (is_adaptive) config.set(global_rate_parameter, 0.05);
    Learning learning(config);
    learning.parameters_after(400);

    const auto batches = learning.problem.minibatches(0, learning.server.model());
    Vector mean(learning.problem.layout().size(), 0.0F);
    for (int m = 0; m < workers; ++m) {
      add_scaled(1.0F / workers, batches->of(m).at(learning.server.model()), mean);
    }
    const double residual = std::sqrt(squared_norm(mean) / static_cast<double>(mean.size()));
    EXPECT_LT(residual, 0.5) << row.name;  // noise 0.3 per worker; starts at about 3
  }
}

TEST(Methods, ModelsInTheNotebookAreAFactOfTheRowAndNotOfSkipping) {
  for (const Method& row : methods()) {
    const bool stores_a_model = row.name == "lasg" || row.name == "sasg";
    EXPECT_EQ(row.models_in_notebook, stores_a_model ? 2 : 1) << row.name;
  }
}

TEST(Methods, AnUnknownNameIsOurMistake) { EXPECT_THROW((void)method("adam"), std::logic_error); }

TEST(Worker, StateIsTheMemoryAndTheModelItSent) {
  Learning learning(named("sasg"));
  learning.parameters_after(3);

  const std::int64_t d = 200;
  // e, theta_sent and two squared steps (of a window of three)
  EXPECT_EQ(learning.team[0].state_bytes(), Bytes{4 * d + 4 * d + 2 * 8});
}

class Taking : public testing::TestWithParam<const char*> {};

TEST_P(Taking, BackASkipFlagChangesNothing) {
  Learning kept(named(GetParam()));
  Learning taken(named(GetParam()));
  int flags = 0;
  for (int t = 0; t < 40; ++t) {
    const auto said = taken.step();
    for (std::size_t m = 0; m < said.size(); ++m) {
      if (!std::holds_alternative<Skip>(said[m])) continue;
      taken.team[m].rollback(said[m]);
      ++flags;
    }
    kept.step();
  }

  EXPECT_GT(flags, 0);
  EXPECT_EQ(taken.server.model()->plain(), kept.server.model()->plain());
}

INSTANTIATE_TEST_SUITE_P(LazyMethods, Taking, testing::Values("lasg", "sasg"),
                         [](const auto& test) { return std::string(test.param); });

}  // namespace
}  // namespace gradwire::algorithms::methods_test
