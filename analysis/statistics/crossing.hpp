#pragma once

#include <map>
#include <optional>
#include <vector>

#include "analysis/statistics/bootstrap.hpp"

namespace gradwire::analysis {

/// Costs of two alternatives a and b at one place of an axis; entry i of both belongs to the same
/// seed. All are above 0.
struct PairedCosts {
  std::vector<double> a, b;  ///< [n]
};

/// Costs by the place at which they were measured: the logarithm of the axis's value.
using PairedPoints = std::map<double, PairedCosts>;

/// log(sum of a / sum of b), with each seed weighted by how often the resample has it; below 0
/// where a is cheaper.
[[nodiscard]] double log_ratio(const PairedCosts& costs, Counts counts);

/// The place where a and b cost the same. Places are logarithms of values.
struct Crossing {
  double at = 0.0;
  double low = 0.0, high = 0.0;      ///< measured places on either side of `at`
  std::optional<Interval> interval;  ///< 95 %, over seeds; an end is infinite where resamples do
                                     ///< not cross within the measured places
};

/// Locates the place at which the cheaper of two alternatives changes. Measures on both sides of
/// the point where a curve through the nearest three measurements crosses, or half-way where that
/// narrows the bracket too slowly: bisection that uses the form of costs, which are sums of a
/// constant, of times, and of bytes divided by bandwidths. Then measures at the ends of the
/// interval over seeds.
class CrossingSearch {
 public:
  /// `points` has a change between the neighbouring places `low` and `high`; `resolution`, in
  /// logarithms, is the width to which this bracket is narrowed.
  CrossingSearch(PairedPoints points, double low, double high, double resolution);

  /// Places to measure next, each of which must then be passed to add(); empty when the search is
  /// complete.
  [[nodiscard]] std::vector<double> wanted();
  void add(double place, PairedCosts costs);

  [[nodiscard]] Crossing result() const;
  /// Whether a is the cheaper one below the crossing.
  [[nodiscard]] bool a_below() const { return a_below_; }

 private:
  [[nodiscard]] double ratio_at(double place) const;
  [[nodiscard]] bool is_new(double place) const;
  /// Estimated crossing between the ends of the bracket.
  [[nodiscard]] double guess() const;
  /// Crossing of a resample whose cheaper alternative changes between the point `left` and the
  /// next.
  [[nodiscard]] double crossing_after(PairedPoints::const_iterator left, Counts counts) const;
  [[nodiscard]] std::vector<double> inside_bracket();
  /// Those ends of the interval over seeds that have no measurement nearby.
  [[nodiscard]] std::vector<double> at_interval();
  /// Crossing of one resample: of those in the same direction, the nearest to the found one;
  /// infinite if there is none.
  [[nodiscard]] double crossing_of(Counts counts) const;
  [[nodiscard]] std::optional<Interval> interval() const;

  PairedPoints points_;
  double low_, high_;
  double resolution_;
  bool a_below_;
  std::vector<int> once_;  ///< [n] ones: the sample itself as a resample
  double width_before_;    ///< width of the bracket one step earlier
  int refined_ = 0;
};

}  // namespace gradwire::analysis
