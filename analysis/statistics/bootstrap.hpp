#pragma once

#include <functional>
#include <optional>
#include <span>

namespace gradwire::analysis {

struct Interval {
  double low = 0.0;
  double high = 0.0;
};

/// [n] How often each observation occurs in a resample; the sum is n.
using Counts = std::span<const int>;

/// Percentile bootstrap interval (Efron 1979) of a statistic of n observations. For n <= 10 every
/// resample is enumerated with its probability, so the interval is exact and involves no random
/// numbers; for larger n, 10,000 resamples are drawn from a fixed stream. A bound is the smallest
/// value whose cumulative probability reaches (1 -+ confidence)/2. With few observations the
/// interval is too narrow: at 95 %, that of five normal observations covers the mean in 83 % of
/// cases. None for n < 2, or if the statistic of a resample is NaN.
[[nodiscard]] std::optional<Interval> bootstrap(std::size_t n,
                                                const std::function<double(Counts)>& statistic,
                                                double confidence = 0.95);

/// Bootstrap interval of the mean.
[[nodiscard]] std::optional<Interval> bootstrap_mean(std::span<const double> values,
                                                     double confidence = 0.95);

/// Bootstrap interval of mean(numerator) / mean(denominator), resampling pairs: entry i of both
/// belongs to the same seed. None if a resample's denominator can be 0.
[[nodiscard]] std::optional<Interval> bootstrap_ratio(std::span<const double> numerator,
                                                      std::span<const double> denominator,
                                                      double confidence = 0.95);

}  // namespace gradwire::analysis
