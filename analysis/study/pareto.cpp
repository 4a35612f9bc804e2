#include "analysis/study/pareto.hpp"

#include <algorithm>
#include <utility>

#include "analysis/statistics/sample.hpp"

namespace gradwire::analysis {
namespace {

constexpr std::array<const char*, spending_count> columns{"uplink_payload_bits",
                                                          "uplink_wire_bytes", "simulated_seconds"};
using Seeds = std::vector<std::string>;

void keep_common(Seeds& seeds, const Cost& cost) {
  std::erase_if(seeds, [&](const auto& seed) { return std::ranges::count(cost.seeds, seed) == 0; });
}

/// The seeds that all whole costs have.
Seeds common_seeds(const std::vector<const Cost*>& costs) {
  std::optional<Seeds> common;
  for (const Cost* cost : costs) {
    if (!cost->whole()) continue;
    if (!common) common = cost->seeds;
    keep_common(*common, *cost);
  }
  return common.value_or(Seeds{});
}

/// The values of some seeds; whole() only if each of them has one.
Cost restricted(const Cost& cost, const Seeds& seeds) {
  Cost some{.runs = seeds.size()};
  for (std::size_t i = 0; i < cost.values.size(); ++i) {
    if (std::ranges::count(seeds, cost.seeds[i]) == 0) continue;
    some.values.push_back(cost.values[i]);
    some.seeds.push_back(cost.seeds[i]);
  }
  return some;
}

/// Quantities of which less is better: minus the accuracy, then the costs; empty if unknown.
std::vector<double> losses_of(const Outcome& outcome, std::span<const Spending> spendings) {
  if (!outcome.comparable) return {};
  std::vector<double> losses{-mean(outcome.accuracy.values)};
  for (const Spending spending : spendings) {
    const Cost& cost = outcome.cost(spending);
    if (!cost.whole()) return {};
    losses.push_back(mean(cost.values));
  }
  return losses;
}

bool beats(const std::vector<double>& a, const std::vector<double>& b) {
  if (a.empty() || b.empty() || a == b) return false;
  return std::ranges::equal(a, b, [](double x, double y) { return x <= y; });
}

}  // namespace

const char* column_of(Spending spending) { return columns[static_cast<std::size_t>(spending)]; }

std::vector<Outcome> outcomes_of(const Panel& panel) {
  std::vector<Outcome> outcomes;
  for (const Series& series : panel.series) {
    Outcome outcome{.series = &series, .runs = cost_of(series, "final.test_accuracy")};
    outcome.accuracy = outcome.runs;
    for (std::size_t i = 0; i < spending_count; ++i) {
      outcome.costs[i] = cost_of(series, columns[i]);
    }
    outcomes.push_back(std::move(outcome));
  }
  std::vector<const Cost*> accuracies;
  for (const Outcome& outcome : outcomes) accuracies.push_back(&outcome.runs);
  const Seeds seeds = common_seeds(accuracies);
  for (Outcome& outcome : outcomes) {
    outcome.comparable = outcome.runs.whole() && !seeds.empty();
    if (!outcome.comparable) continue;
    outcome.accuracy = restricted(outcome.accuracy, seeds);
    for (Cost& cost : outcome.costs) cost = restricted(cost, seeds);
  }
  return outcomes;
}

std::vector<Place> places_of(const std::vector<Outcome>& outcomes,
                             std::span<const Spending> spendings) {
  std::vector<std::vector<double>> losses;
  for (const Outcome& outcome : outcomes) losses.push_back(losses_of(outcome, spendings));
  std::vector<bool> beaten;
  for (const auto& loss : losses) {
    beaten.push_back(
        std::ranges::any_of(losses, [&](const auto& other) { return beats(other, loss); }));
  }
  std::vector<Place> places(outcomes.size());
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    places[i].known = !losses[i].empty();
    for (std::size_t j = 0; j < outcomes.size(); ++j) {
      if (beaten[j] || !beats(losses[j], losses[i])) continue;
      const auto& best = places[i].beaten_by;
      if (!best || losses[j][1] < losses[*best][1]) places[i].beaten_by = j;
    }
  }
  return places;
}

std::vector<std::size_t> front_of(const std::vector<Outcome>& outcomes, Spending spending) {
  const std::vector<Place> places = places_of(outcomes, std::array{spending});
  std::vector<std::size_t> front;
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (places[i].on_front()) front.push_back(i);
  }
  std::ranges::stable_sort(front, {}, [&](std::size_t i) {
    return std::pair(mean(outcomes[i].cost(spending).values), mean(outcomes[i].accuracy.values));
  });
  return front;
}

First first_at_baseline(const Panel& panel) {
  std::vector<Cost> costs;
  for (const Series& series : panel.series) {
    costs.push_back(cost_of(series, "baseline.simulated_seconds"));
  }
  std::vector<const Cost*> all;
  for (const Cost& cost : costs) all.push_back(&cost);
  const Seeds seeds = common_seeds(all);
  First first;
  for (std::size_t i = 0; i < costs.size(); ++i) {
    if (costs[i].values.size() + costs[i].not_reached > 0) first.has_baseline = true;
    if (!costs[i].whole()) continue;
    ++first.reached;
    if (seeds.empty()) continue;
    const Cost here = restricted(costs[i], seeds);
    const double seconds = mean(here.values);
    const double least = first.series.empty() ? seconds : mean(first.seconds.values);
    if (seconds > least) continue;
    if (seconds < least) first.series.clear();
    if (first.series.empty()) first.seconds = here;
    first.series.push_back(i);
  }
  return first;
}

}  // namespace gradwire::analysis
