#include "sim/learn/external/problem.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <thread>
#include <vector>

#include "tests/learn/external/support.hpp"

namespace gradwire::learn::external_problem_test {
namespace {

using external::error_of;
using external::python;

/// Gradient theta - (worker + step), loss worker + step. The test loss counts the process's
/// gradients.
const std::string source =
    std::string("import sys; sys.path.insert(0, '") + GRADWIRE_OWN_MODEL + "')\n" + R"(
import numpy as np
import gradwire_model

class Model:
    iterations_per_epoch = 4
    gradients = 0
    def __init__(self, settings):
        pass
    def parameters(self):
        return [("a", np.arange(6).reshape(2, 3)), ("b", 6)]
    def gradient(self, theta, worker, step):
        self.gradients += 1
        return theta - (worker + step), worker + step, 2, 5
    def evaluate(self, theta):
        return {"loss": self.gradients, "accuracy": 0.25}
)";

ExternalProblem::Config config_of(const std::string& program, int processes = 1) {
  return {.external = python(program), .workers = 4, .batch_size = 5, .processes = processes};
}

ExternalProblem::Config config(int processes = 1) {
  return config_of(source + "gradwire_model.serve(Model)\n", processes);
}

Model model_of(Vector parameters) {
  return std::make_shared<const ModelVersion>(ModelVersion{0, std::move(parameters), 0.0});
}

Vector shifted(const Vector& theta, float by) {
  Vector result = theta;
  for (float& x : result) x -= by;
  return result;
}

Vector copy_of(std::span<const float> values) { return {values.begin(), values.end()}; }

TEST(ExternalProblem, IsWhatTheProgramDescribes) {
  ExternalProblem problem(config());

  Layout layout;
  layout.add("a", {2, 3});
  layout.add("b", {});
  EXPECT_EQ(problem.layout(), layout);
  EXPECT_EQ(problem.initial_parameters(), (Vector{0, 1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(problem.iterations_per_epoch(), 4);
  EXPECT_EQ(problem.batch_size(0), 5);
  EXPECT_EQ(problem.workers(), 4);
  EXPECT_EQ(problem.data(), std::nullopt);
}

TEST(ExternalProblem, ComputesEachWorkersGradientAtAnyModel) {
  ExternalProblem problem(config());
  const Model now = model_of(problem.initial_parameters());
  const Model older = model_of(shifted(now->plain(), 10));
  const auto minibatches = problem.minibatches(7, now);

  for (int m = 0; m < 4; ++m) {
    const auto by = static_cast<float>(m + 7);
    EXPECT_EQ(copy_of(minibatches->of(m).at(older)), shifted(older->plain(), by));
    EXPECT_EQ(minibatches->statistics(m).samples, 0) << "the own model was not visited";
    EXPECT_EQ(copy_of(minibatches->of(m).at(now)), shifted(now->plain(), by));
    EXPECT_EQ(minibatches->of(m).squared_distance(now, older), 7 * 100.0);
    const BatchStatistics sums = minibatches->statistics(m);
    EXPECT_EQ(sums.loss, 5.0 * (m + 7));
    EXPECT_EQ(sums.correct, 2);
    EXPECT_EQ(sums.samples, 5);
  }
  EXPECT_EQ(problem.evaluate(now).loss, 8.0) << "no gradient is computed twice";
  EXPECT_EQ(problem.evaluate(now).accuracy, 0.25);
}

TEST(ExternalProblem, ManyThreadsGetTheSameGradients) {
  ExternalProblem problem(config(3));
  const Vector theta = problem.initial_parameters();
  std::vector<std::thread> threads;
  std::vector<int> wrong(4);
  for (int m = 0; m < 4; ++m) {
    threads.emplace_back([&, m] {
      for (int step = 0; step < 200; ++step) {
        const Model own = model_of(shifted(theta, static_cast<float>(100 * m + step)));
        const auto minibatch = problem.minibatch(m, step, own);
        const Vector expected = shifted(own->plain(), static_cast<float>(m + step));
        if (copy_of(minibatch->at(own)) != expected) ++wrong[static_cast<std::size_t>(m)];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();

  EXPECT_EQ(wrong, std::vector(4, 0));
}

TEST(ExternalProblem, AModelInMemoryThatServedAnotherIsWrittenAnew) {
  ExternalProblem problem(config());
  for (int i = 0; i < 100; ++i) {  // the allocator may reuse the address of the one before
    const Model own = model_of(Vector(7, static_cast<float>(i)));
    EXPECT_EQ(problem.minibatch(0, 0, own)->at(own)[0], static_cast<float>(i));
  }
}

TEST(ExternalProblem, AMinibatchOfAnotherSizeReachesProgramsThatTakeOne) {
  ExternalProblem problem(config_of(source + R"(
class Sized(Model):
    def gradient(self, theta, worker, step, batch):
        return theta * 0 + batch.first, batch.size, 0, batch.size
gradwire_model.serve(Sized)
)"));
  const Model own = model_of(problem.initial_parameters());
  const auto minibatch = problem.minibatch(1, {.step = 3, .first = 15, .size = 9}, own);

  EXPECT_EQ(minibatch->at(own)[0], 15.0F);
  EXPECT_EQ(minibatch->statistics().samples, 9);

  ExternalProblem fixed(config());
  const std::string error = error_of([&] {
    static_cast<void>(fixed.minibatch(1, {.step = 3, .first = 15, .size = 9}, own)->at(own));
  });
  EXPECT_NE(error.find("a minibatch of 9 samples is needed"), std::string::npos) << error;
}

TEST(ExternalProblem, TheFirstFailureIsTheErrorOfAllThreads) {
  ExternalProblem problem(config_of(source + R"(
import time
class Failing(Model):
    def gradient(self, theta, worker, step):
        if worker == 1: raise ValueError("no more")
        time.sleep(1000)
gradwire_model.serve(Failing)
)",
                                    4));
  const Model own = model_of(problem.initial_parameters());
  std::vector<std::string> errors(4);
  std::vector<std::thread> threads;
  for (int m = 0; m < 4; ++m) {
    threads.emplace_back([&, m] {
      errors[static_cast<std::size_t>(m)] =
          error_of([&] { static_cast<void>(problem.minibatch(m, 0, own)->at(own)); });
    });
  }
  for (std::thread& thread : threads) thread.join();

  for (const std::string& error : errors) {
    EXPECT_NE(error.find("gradient of worker 1, step 0: ValueError: no more"), std::string::npos)
        << error;
  }
}

}  // namespace
}  // namespace gradwire::learn::external_problem_test
