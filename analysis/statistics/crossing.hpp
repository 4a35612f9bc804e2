#pragma once

#include <map>
#include <optional>
#include <vector>

#include "analysis/statistics/bootstrap.hpp"

namespace gradwire::analysis {

/// What two things cost at one place of an axis; entry i of both belongs to the same seed. All are
/// above 0.
struct PairedCosts {
  std::vector<double> a, b;  ///< [n]
};

/// Measured places of an axis, as logarithms of its values, with the costs there.
using PairedPoints = std::map<double, PairedCosts>;

/// log(sum of a / sum of b), each seed counting as often as a resample has it: below 0 a is
/// cheaper.
[[nodiscard]] double log_ratio(const PairedCosts& costs, Counts counts);

/// Where a and b cost the same. Places are logarithms of values.
struct Crossing {
  double at = 0.0;
  double low = 0.0, high = 0.0;      ///< measured, on either side of it
  std::optional<Interval> interval;  ///< over seeds, 95 %; an end is infinite where resamples do
                                     ///< not cross inside what was measured
};

/// Narrows the place down where the cheaper one of two changes, by measuring on both sides of where
/// a curve through the nearest three measurements crosses, or half-way where that does not help:
/// bisection that makes use of what costs are like. They are sums of something fixed, of times, and
/// of bytes by bandwidths. Then it measures at the ends of the interval over seeds.
class CrossingSearch {
 public:
  /// `points` has a change between the neighbours `low` and `high`; `resolution`, in logarithms, is
  /// what they are to come together to.
  CrossingSearch(PairedPoints points, double low, double high, double resolution);

  /// Places to be measured next, all of them, and add()ed; none: it is found.
  [[nodiscard]] std::vector<double> wanted();
  void add(double place, PairedCosts costs);

  [[nodiscard]] Crossing result() const;
  /// Whether a is the cheaper one below it.
  [[nodiscard]] bool a_below() const { return a_below_; }

 private:
  [[nodiscard]] double ratio_at(double place) const;
  [[nodiscard]] bool is_new(double place) const;
  /// Where the curve between the bracket's ends crosses.
  [[nodiscard]] double guess() const;
  /// Of a resample whose cheaper one changes between a point and the next.
  [[nodiscard]] double crossing_behind(PairedPoints::const_iterator left, Counts counts) const;
  [[nodiscard]] std::vector<double> inside_bracket();
  /// At the ends of the interval over seeds, as far as little was measured around them.
  [[nodiscard]] std::vector<double> at_interval();
  /// Of one resample: the crossing of the same kind that is nearest to the found one.
  [[nodiscard]] double crossing_of(Counts counts) const;
  [[nodiscard]] std::optional<Interval> interval() const;

  PairedPoints points_;
  double low_, high_;
  double resolution_;
  bool a_below_;
  std::vector<int> once_;  ///< the resample that is the sample
  double width_before_;    ///< of the bracket, a step ago
  int refined_ = 0;
};

}  // namespace gradwire::analysis
