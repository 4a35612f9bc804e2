#include "analysis/study/crossover.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace gradwire::analysis {
namespace {

/// Costs of two series at one value of the setting, paired by seed.
struct Pairs {
  std::vector<double> a, b;

  [[nodiscard]] double log_ratio(Counts counts) const {
    const double sum_a = std::transform_reduce(a.begin(), a.end(), counts.begin(), 0.0);
    const double sum_b = std::transform_reduce(b.begin(), b.end(), counts.begin(), 0.0);
    return std::log(sum_a / sum_b);
  }
};

/// Seeds that both series have at every value of the sweep; empty if any run lacks a number.
std::vector<std::string> common_seeds(const std::vector<Cost>& a, const std::vector<Cost>& b) {
  std::vector<std::string> seeds = a.front().seeds;
  for (const auto* side : {&a, &b}) {
    for (const Cost& cost : *side) {
      if (!cost.whole()) return {};
      std::erase_if(seeds, [&](const auto& s) { return std::ranges::count(cost.seeds, s) == 0; });
    }
  }
  return seeds;
}

Pairs pairs_of(const Cost& a, const Cost& b, const std::vector<std::string>& seeds) {
  Pairs pairs;
  const auto value = [](const Cost& cost, const std::string& seed) {
    const auto place = std::ranges::find(cost.seeds, seed) - cost.seeds.begin();
    return cost.values[static_cast<std::size_t>(place)];
  };
  for (const std::string& seed : seeds) {
    pairs.a.push_back(value(a, seed));
    pairs.b.push_back(value(b, seed));
  }
  return pairs;
}

/// Zero of the straight line from (log from, low) to (log to, high), as a value of the setting;
/// without a change of sign, the end that is nearer to 0.
double zero_on_log_scale(double from, double to, double low, double high) {
  if ((low < 0.0) == (high < 0.0)) return std::abs(low) < std::abs(high) ? from : to;
  const double share = low / (low - high);
  return std::exp(std::log(from) + share * (std::log(to) - std::log(from)));
}

class Comparison {
 public:
  Comparison(const SweepOver& sweep, const std::string& column, std::string a, std::string b)
      : sweep_(sweep), a_(std::move(a)), b_(std::move(b)) {
    for (const Panel* panel : sweep.panels) {
      costs_a_.push_back(cost(*panel, a_, column));
      costs_b_.push_back(cost(*panel, b_, column));
    }
  }

  void into(Crossovers& result) const {
    const std::vector<std::string> seeds = common_seeds(costs_a_, costs_b_);
    if (seeds.empty()) {
      const bool a_is_known = std::ranges::all_of(costs_a_, &Cost::whole);
      result.unknown.push_back(a_is_known ? TwoSeries{b_, a_} : TwoSeries{a_, b_});
      return;
    }
    const std::vector<int> once(seeds.size(), 1);
    std::vector<Pairs> pairs;
    for (std::size_t i = 0; i < costs_a_.size(); ++i) {
      pairs.push_back(pairs_of(costs_a_[i], costs_b_[i], seeds));
    }
    std::size_t changes = 0;
    for (std::size_t i = 0; i + 1 < pairs.size(); ++i) {
      if ((pairs[i].log_ratio(once) < 0.0) == (pairs[i + 1].log_ratio(once) < 0.0)) continue;
      result.found.push_back(crossover(pairs, i, once));
      ++changes;
    }
    if (changes == 0) {
      const bool a_wins = pairs.front().log_ratio(once) < 0.0;
      result.never.push_back(a_wins ? TwoSeries{a_, b_} : TwoSeries{b_, a_});
    }
  }

 private:
  static Cost cost(const Panel& panel, const std::string& label, const std::string& column) {
    const auto series = std::ranges::find(panel.series, label, &Series::label);
    return series == panel.series.end() ? Cost{} : cost_of(*series, column);
  }

  [[nodiscard]] Crossover crossover(const std::vector<Pairs>& pairs, std::size_t i,
                                    const std::vector<int>& once) const {
    const double from = sweep_.values[i], to = sweep_.values[i + 1];
    const auto at = [&](Counts counts) {
      return zero_on_log_scale(from, to, pairs[i].log_ratio(counts),
                               pairs[i + 1].log_ratio(counts));
    };
    const bool a_first = pairs[i].log_ratio(once) < 0.0;
    return {.below = a_first ? a_ : b_,
            .above = a_first ? b_ : a_,
            .from = from,
            .to = to,
            .at = at(once),
            .interval = bootstrap(once.size(), at),
            .pairs = once.size()};
  }

  const SweepOver& sweep_;
  std::string a_, b_;
  std::vector<Cost> costs_a_, costs_b_;
};

}  // namespace

Crossovers crossovers_in(const SweepOver& sweep, const std::string& column) {
  std::vector<std::string> labels;
  for (const Panel* panel : sweep.panels) {
    for (const Series& series : panel->series) {
      if (std::ranges::count(labels, series.label) == 0) labels.push_back(series.label);
    }
  }
  Crossovers result;
  for (std::size_t a = 0; a < labels.size(); ++a) {
    for (std::size_t b = a + 1; b < labels.size(); ++b) {
      Comparison(sweep, column, labels[a], labels[b]).into(result);
    }
  }
  return result;
}

}  // namespace gradwire::analysis
