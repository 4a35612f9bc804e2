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
  /// points.
  Axis(double low, double high, bool log, double from, double to);

  [[nodiscard]] double operator()(double value) const;
  [[nodiscard]] bool holds(double value) const;
  [[nodiscard]] std::vector<Tick> ticks() const;

 private:
  [[nodiscard]] std::vector<Tick> linear_ticks() const;
  [[nodiscard]] std::vector<Tick> log_ticks() const;

  double low_, high_;
  bool log_;
  double from_, to_;
};

/// 250000 -> "250k", 0.005 -> "0.005".
[[nodiscard]] std::string tick_label(double value);

}  // namespace gradwire::analysis
