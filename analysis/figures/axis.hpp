#pragma once

#include <string>
#include <vector>

namespace gradwire::analysis {

struct Tick {
  double at = 0.0;
  std::string label;  ///< empty: a small tick
};

/// Maps numbers to a length on paper.
class Axis {
 public:
  /// Covers `low` to `high` (finite; above 0 if `log`), a little widened, over `from` to `to`
  /// points. Any two finite doubles will do, denormal ones and the largest included.
  Axis(double low, double high, bool log, double from, double to);

  /// Where a value lies; at most some lengths of the axis outside, `from` if it is not a number.
  [[nodiscard]] double operator()(double value) const;
  [[nodiscard]] bool holds(double value) const;
  [[nodiscard]] std::vector<Tick> ticks() const;

 private:
  [[nodiscard]] double scaled(double value) const;
  [[nodiscard]] double value_at(double scaled) const;
  [[nodiscard]] std::vector<Tick> linear_ticks() const;
  [[nodiscard]] std::vector<Tick> log_ticks() const;

  bool log_;
  double factor_;      ///< of a linear axis: a power of two, below 1 where `high` - `low` overflows
  double low_, high_;  ///< scaled: decimal logarithms, or values by `factor_`
  double from_, to_;
};

/// 250000 -> "250k", 0.005 -> "0.005", 1e300 -> "1e+300".
[[nodiscard]] std::string tick_label(double value);

}  // namespace gradwire::analysis
