#include "sim/training/resumed_source.hpp"

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "sim/algorithms/send_rules/lazy.hpp"
#include "tests/support/quadratic.hpp"

namespace gradwire::training::resumed_source_test {
namespace {

using testing_support::Quadratic;
using testing_support::two_tensors;

constexpr int workers = 4;

std::vector<std::string> method_names() {
  std::vector<std::string> names;
  for (const algorithms::Method& row : algorithms::methods()) names.emplace_back(row.name);
  return names;
}

struct Method : testing::TestWithParam<std::string> {
  Quadratic problem = Quadratic(workers, two_tensors(1000), 7, 0.2);
  TaskPool pool = TaskPool(2);

  SynchronousTrainer trainer() {
    algorithms::AlgorithmConfig algorithm;
    algorithm.name = GetParam();
    algorithm.set(algorithms::max_delay_parameter, 3);
    return {{.algorithm = algorithm,
             .workers = workers,
             .gamma = [](std::int64_t) { return algorithms::StepSize::same(0.02); }},
            problem,
            pool};
  }
};

TEST_P(Method, GoesOnFromSavedStateAsIfItHadNeverStopped) {
  constexpr int before = 13;
  constexpr int after = 17;
  SynchronousTrainer undisturbed = trainer();
  SynchronousTrainer stopped = trainer();
  TraceWriter trace(undisturbed.encodings());
  for (int t = 0; t < before; ++t) {
    undisturbed.next();
    undisturbed.finish();
    trace.add(stopped.next(), std::nullopt);
    stopped.finish();
  }
  std::stringstream state;
  stopped.save(state);

  SynchronousTrainer resumed = trainer();
  resumed.load(state);
  TraceReader past(trace.file({.workers = workers, .iterations_per_epoch = 10}), "past");
  ResumedSource iterations(&past, resumed);
  for (int t = 0; t < before; ++t) {
    iterations.next();
    EXPECT_TRUE(iterations.replaying());
    iterations.finish();
  }
  for (int t = 0; t < after; ++t) {
    const IterationWork expected = undisturbed.next();
    undisturbed.finish();
    const IterationWork& work = iterations.next();
    EXPECT_FALSE(iterations.replaying());
    EXPECT_EQ(work.exchanges, expected.exchanges);
    EXPECT_EQ(work.train.loss, expected.train.loss);
    iterations.finish();
  }
  EXPECT_EQ(resumed.model()->plain(), undisturbed.model()->plain());
  EXPECT_EQ(resumed.model()->iteration, before + after);
  EXPECT_EQ(resumed.server_state_bytes(), undisturbed.server_state_bytes());
}

INSTANTIATE_TEST_SUITE_P(ResumedSource, Method, testing::ValuesIn(method_names()),
                         [](const auto& test) { return test.param; });

TEST(ResumedSource, ModelsThatSeveralRememberAreSavedOnce) {
  Quadratic problem(workers, two_tensors(1000), 7, 0.2);
  TaskPool pool(1);
  algorithms::AlgorithmConfig algorithm;
  algorithm.name = "lasg";
  SynchronousTrainer trainer(
      {.algorithm = algorithm,
       .workers = workers,
       .gamma = [](std::int64_t) { return algorithms::StepSize::same(0.02); }},
      problem, pool);
  trainer.next();
  trainer.finish();
  std::stringstream state;
  trainer.save(state);

  // The server's model, the model that all workers hold, and one contribution per worker.
  const std::size_t vector_bytes = problem.layout().size() * sizeof(float);
  EXPECT_GT(state.str().size(), (2 + workers) * vector_bytes);
  EXPECT_LT(state.str().size(), (2 + workers) * vector_bytes + 2000);
}

}  // namespace
}  // namespace gradwire::training::resumed_source_test
