#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "sim/algorithms/methods.hpp"
#include "sim/core/random.hpp"
#include "tests/support/quadratic.hpp"

namespace gradwire::testing_support {

/// Trains a method on a quadratic problem, without a network.
struct MethodRun {
  MethodRun(const algorithms::AlgorithmConfig& config, double gamma_, double noise,
            int workers_ = 5)
      : gamma(gamma_),
        problem(workers_, two_tensors(200), 1, noise),
        server(make_server(config, problem.layout(), problem.initial_parameters(), workers_)),
        workers(static_cast<std::size_t>(workers_),
                make_worker(config, problem.layout(), workers_)) {}

  /// Computes one iteration and returns the messages of all workers.
  std::vector<algorithms::Message> step() {
    const Model theta = server.model();
    const auto batches = problem.minibatches(theta->iteration, theta);
    std::vector<algorithms::Message> sent;
    for (std::size_t m = 0; m < workers.size(); ++m) {
      sent.push_back(workers[m].step(theta, algorithms::StepSize::same(gamma),
                                     batches->of(static_cast<int>(m)), {}));
      workers[m].delivered();
    }
    server.step(gamma, sent);
    return sent;
  }
  Vector parameters_after(int iterations) {
    for (int t = 0; t < iterations; ++t) step();
    return server.model()->plain();
  }

  double gamma;
  Quadratic problem;
  algorithms::Server server;
  std::vector<algorithms::Worker> workers;
};

/// Number of messages that are no skips.
inline int uploads(const std::vector<algorithms::Message>& messages) {
  int count = 0;
  for (const algorithms::Message& message : messages) {
    if (!std::holds_alternative<algorithms::Skip>(message)) ++count;
  }
  return count;
}

}  // namespace gradwire::testing_support
