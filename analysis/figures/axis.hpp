#pragma once

#include <string>
#include <vector>

namespace gradwire::analysis {

struct Tick {
  double at = 0.0;
  std::string label;  ///< empty for a minor tick
};

/// Maps values to positions in points, linearly or by their logarithm.
class Axis {
 public:
  /// Maps `low` to `high` (finite; above 0 if `log`), slightly widened, to `from` to `to` points.
  /// Any two finite doubles are accepted, including denormal ones and the largest.
  Axis(double low, double high, bool log, double from, double to);

  /// Position of a value in points, clamped to 100 axis lengths; `from` for NaN.
  [[nodiscard]] double operator()(double value) const;
  [[nodiscard]] bool holds(double value) const;
  [[nodiscard]] std::vector<Tick> ticks() const;

 private:
  [[nodiscard]] double scaled(double value) const;
  [[nodiscard]] double value_at(double scaled) const;
  [[nodiscard]] std::vector<Tick> linear_ticks() const;
  [[nodiscard]] std::vector<Tick> log_ticks() const;

  bool log_;
  double factor_;  ///< of linear axes: a power of two, below 1 where `high` - `low` would overflow
  double low_, high_;  ///< scaled ends: decimal logarithms, or values times `factor_`
  double from_, to_;
};

/// 250000 -> "250k", 0.005 -> "0.005", 1e300 -> "1e+300".
[[nodiscard]] std::string tick_label(double value);

}  // namespace gradwire::analysis
