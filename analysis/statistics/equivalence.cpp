#include "analysis/statistics/equivalence.hpp"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

#include "analysis/statistics/sample.hpp"

namespace gradwire::analysis {
namespace {

/// P(T >= distance / error); with an error of 0 the sign of the distance decides.
double upper_tail(double distance, double error, double freedom) {
  if (error == 0.0) return distance > 0.0 ? 0.0 : 1.0;
  const boost::math::students_t t(freedom);
  return boost::math::cdf(boost::math::complement(t, distance / error));
}

}  // namespace

Equivalence equivalence(std::span<const double> values, double reference, double margin,
                        double level) {
  if (values.size() < 2) return {};
  const auto n = static_cast<double>(values.size());
  const double center = mean(values);
  const double error = standard_deviation(values) / std::sqrt(n);
  if (!std::isfinite(center) || !std::isfinite(error)) return {};
  const double above_low = center - reference * (1.0 - margin);
  const double below_high = reference * (1.0 + margin) - center;
  const double p =
      std::max(upper_tail(above_low, error, n - 1.0), upper_tail(below_high, error, n - 1.0));
  if (p < level) return {Verdict::equivalent, p};
  const double outside =
      std::min(upper_tail(-above_low, error, n - 1.0), upper_tail(-below_high, error, n - 1.0));
  return {outside < level ? Verdict::different : Verdict::undetermined, p};
}

}  // namespace gradwire::analysis
