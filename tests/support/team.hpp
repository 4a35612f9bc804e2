#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "sim/algorithms/worker.hpp"
#include "tests/support/fixed_gradient.hpp"

namespace gradwire::testing_support {

/// The messages of one iteration.
struct Exchanged {
  std::vector<std::vector<algorithms::Message>> sent;  ///< [exchange][M]
  std::vector<algorithms::Message> reduced;            ///< after each exchange but the last
  std::optional<algorithms::Message> joined;           ///< in place of the last exchange's
};

/// The context of a worker's step: its keys are those of 100 t + worker and, shared, of 100 + t.
inline algorithms::StepContext context_of(std::int64_t t, std::size_t worker) {
  return {.iteration = t,
          .worker = static_cast<int>(worker),
          .random = random_key(static_cast<std::uint64_t>(100 * t) + worker),
          .shared = random_key(100 + static_cast<std::uint64_t>(t))};
}

/// The exchanges of all workers in iteration t, at step size 1, and what they receive in the end.
inline Exchanged exchange(std::vector<algorithms::Worker>& workers,
                          const std::vector<Vector>& gradients, std::int64_t t) {
  Exchanged result;
  for (std::size_t m = 0; m < workers.size(); ++m) {
    if (m == 0) result.sent.emplace_back();
    FixedGradient oracle(gradients[m]);
    result.sent[0].push_back(
        workers[m].step(oracle.model(), algorithms::StepSize::same(1.0), oracle, context_of(t, m)));
  }
  for (int e = 1; e < workers.front().exchanges(); ++e) {
    result.reduced.push_back(workers.front().reduce(e - 1, result.sent.back()));
    std::vector<algorithms::Message> next;
    for (std::size_t m = 0; m < workers.size(); ++m) {
      next.push_back(workers[m].next_exchange(e, result.reduced.back(), context_of(t, m)));
    }
    result.sent.push_back(std::move(next));
  }
  result.joined = workers.front().joined(result.sent.back());
  for (algorithms::Worker& worker : workers) {
    worker.delivered();
    if (result.joined) worker.receive_joined(*result.joined, true);
  }
  return result;
}

/// The vector that a message stands for.
inline Vector values_of(const algorithms::Message& message, std::size_t d) {
  Vector v(d, 0.0F);
  add_to(message, v);
  return v;
}

}  // namespace gradwire::testing_support
