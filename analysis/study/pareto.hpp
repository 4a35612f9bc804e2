#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analysis/study/cost.hpp"

namespace gradwire::analysis {

/// What accuracy is weighed against, each to the end of training.
enum class Spending { payload_bits, wire_bytes, seconds };
inline constexpr std::size_t spending_count = 3;
[[nodiscard]] const char* column_of(Spending spending);

/// Final test accuracy and costs of one method in one setting. Where the method can be compared,
/// over the seeds that all such methods of the panel have; else over its own runs.
struct Outcome {
  const Series* series = nullptr;
  Cost runs;  ///< the accuracy of all its runs
  Cost accuracy;
  std::array<Cost, spending_count> costs;
  bool comparable = false;  ///< no run lacks its accuracy, and a seed is common

  [[nodiscard]] const Cost& cost(Spending spending) const {
    return costs[static_cast<std::size_t>(spending)];
  }
};

/// Outcomes of the series of a panel, in their order.
[[nodiscard]] std::vector<Outcome> outcomes_of(const Panel& panel);

/// Whether a method is on a Pareto front: no other is at least as accurate, costs at most as much,
/// and is better in one of these.
struct Place {
  bool known = false;                    ///< comparable, and no run lacks a cost
  std::optional<std::size_t> beaten_by;  ///< the outcome of least cost on the front that is better

  [[nodiscard]] bool on_front() const { return known && !beaten_by; }
};

/// Places of the means on the front of accuracy and `spendings` (at least one), by outcome.
[[nodiscard]] std::vector<Place> places_of(const std::vector<Outcome>& outcomes,
                                           std::span<const Spending> spendings);

/// Outcomes on a front, from the least cost to the most.
[[nodiscard]] std::vector<std::size_t> front_of(const std::vector<Outcome>& outcomes,
                                                Spending spending);

/// Who reaches the baseline in the least simulated time. Only methods all of whose runs reach it
/// take part, over the seeds that all of them have.
struct First {
  std::vector<std::size_t> series;  ///< indices in Panel::series; several only if they tie
  Cost seconds;                     ///< of the first of them
  std::size_t reached = 0;          ///< methods all of whose runs reached the baseline
  bool has_baseline = false;
};
[[nodiscard]] First first_at_baseline(const Panel& panel);

}  // namespace gradwire::analysis
