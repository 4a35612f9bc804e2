#include "sim/tcp/fit.hpp"

#include <cmath>

namespace gradwire::tcp {
namespace {

/// Sums over sizes n with weights w = 1 / T^2: of w, w n, w n^2, w T, w n T.
struct Sums {
  double one = 0, n = 0, nn = 0, t = 0, nt = 0;
};

Sums sums_of(const std::vector<SizeTimes>& times) {
  Sums sums;
  for (const SizeTimes& at : times) {
    const auto n = static_cast<double>(at.size.value);
    const double t = at.median.value;
    const double w = 1 / (t * t);
    sums.one += w;
    sums.n += w * n;
    sums.nn += w * n * n;
    sums.t += w * t;
    sums.nt += w * n * t;
  }
  return sums;
}

}  // namespace

std::optional<Line> fit_line(const std::vector<SizeTimes>& times) {
  const Sums s = sums_of(times);
  // Two sizes of the same value leave only rounding errors of this determinant.
  const double determinant = s.one * s.nn - s.n * s.n;
  if (times.size() < 2 || !(determinant > 1e-12 * s.one * s.nn)) return std::nullopt;
  double per_message = (s.nn * s.t - s.n * s.nt) / determinant;
  double seconds_per_byte = (s.one * s.nt - s.n * s.t) / determinant;
  if (per_message < 0) {
    per_message = 0;
    seconds_per_byte = s.nt / s.nn;
  }
  if (!(seconds_per_byte > 0)) return std::nullopt;
  return Line{.per_message = {per_message}, .rate = {1 / seconds_per_byte}};
}

double residual(const Line& line, const SizeTimes& measured) {
  return line.seconds(measured.size).value / measured.median.value - 1;
}

}  // namespace gradwire::tcp
