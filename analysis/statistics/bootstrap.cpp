#include "analysis/statistics/bootstrap.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

#include "sim/core/random.hpp"
#include "sim/core/stream_names.hpp"

namespace gradwire::analysis {
namespace {

constexpr std::size_t most_enumerated = 10;  // C(19, 10) = 92,378 resamples
constexpr int draws = 10'000;

/// A value of the statistic and its probability.
using Weighted = std::pair<double, double>;

/// Enumerates every way to draw `left` more observations from those at index `at` and above, with
/// the probability n! / (n^n prod counts!) of the whole resample.
void enumerate(std::vector<int>& counts, std::size_t at, int left, double probability,
               const std::function<double(Counts)>& statistic, std::vector<Weighted>& values) {
  if (at + 1 == counts.size()) {
    counts[at] = left;
    values.emplace_back(statistic(counts), probability / std::tgamma(left + 1.0));
    return;
  }
  for (int count = 0; count <= left; ++count) {
    counts[at] = count;
    enumerate(counts, at + 1, left - count, probability / std::tgamma(count + 1.0), statistic,
              values);
  }
}

std::vector<Weighted> exact_distribution(std::size_t n,
                                         const std::function<double(Counts)>& statistic) {
  const auto size = static_cast<double>(n);
  std::vector<Weighted> values;
  std::vector<int> counts(n);
  enumerate(counts, 0, static_cast<int>(n), std::tgamma(size + 1.0) / std::pow(size, size),
            statistic, values);
  return values;
}

std::vector<Weighted> drawn_distribution(std::size_t n,
                                         const std::function<double(Counts)>& statistic) {
  RandomStream random = stream(0, stream_names::bootstrap, n);
  std::vector<Weighted> values;
  std::vector<int> counts(n);
  for (int draw = 0; draw < draws; ++draw) {
    std::ranges::fill(counts, 0);
    for (std::size_t i = 0; i < n; ++i) ++counts[random.below(n)];
    values.emplace_back(statistic(counts), 1.0 / draws);
  }
  return values;
}

/// The smallest value whose cumulative probability reaches `p`. `values` are in ascending order.
double quantile(const std::vector<Weighted>& values, double p) {
  constexpr double rounding = 1e-12;
  double cumulative = 0.0;
  for (const auto& [value, probability] : values) {
    cumulative += probability;
    if (cumulative >= p - rounding) return value;
  }
  return values.back().first;
}

double weighted_sum(std::span<const double> values, Counts counts) {
  return std::transform_reduce(values.begin(), values.end(), counts.begin(), 0.0);
}

}  // namespace

std::optional<Interval> bootstrap(std::size_t n, const std::function<double(Counts)>& statistic,
                                  double confidence) {
  if (n < 2) return std::nullopt;
  std::vector<Weighted> values =
      n <= most_enumerated ? exact_distribution(n, statistic) : drawn_distribution(n, statistic);
  // Sums of the largest doubles overflow, and NaN cannot be ordered.
  if (std::ranges::any_of(values, [](const Weighted& v) { return std::isnan(v.first); })) {
    return std::nullopt;
  }
  std::ranges::sort(values);
  const double tail = (1.0 - confidence) / 2.0;
  return Interval{quantile(values, tail), quantile(values, 1.0 - tail)};
}

std::optional<Interval> bootstrap_mean(std::span<const double> values, double confidence) {
  const auto mean_of = [&](Counts counts) {
    return weighted_sum(values, counts) / static_cast<double>(values.size());
  };
  return bootstrap(values.size(), mean_of, confidence);
}

std::optional<Interval> bootstrap_ratio(std::span<const double> numerator,
                                        std::span<const double> denominator, double confidence) {
  const auto [least, most] = std::ranges::minmax_element(denominator);
  if (least == denominator.end() || (*least <= 0.0 && *most >= 0.0)) return std::nullopt;
  const auto ratio = [&](Counts counts) {
    return weighted_sum(numerator, counts) / weighted_sum(denominator, counts);
  };
  return bootstrap(numerator.size(), ratio, confidence);
}

}  // namespace gradwire::analysis
