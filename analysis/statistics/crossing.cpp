#include "analysis/statistics/crossing.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <numeric>
#include <utility>

namespace gradwire::analysis {
namespace {

constexpr int most_refinements = 2;  // refinements of the interval's ends
constexpr double infinite = std::numeric_limits<double>::infinity();

/// Zero of the line from (low, below) to (high, above), whose ends have different signs.
double zero_between(double low, double high, double below, double above) {
  return low + (high - low) * below / (below - above);
}

struct Sums {
  double a, b;
};
Sums sums(const PairedCosts& costs, Counts counts) {
  return {std::transform_reduce(costs.a.begin(), costs.a.end(), counts.begin(), 0.0),
          std::transform_reduce(costs.b.begin(), costs.b.end(), counts.begin(), 0.0)};
}

/// Cost of a minus cost of b at a place.
struct Difference {
  double place, value;
};

/// Zero of c0 + c1 x + c2 / x, x = exp(place), fitted through three places: the form of costs as
/// functions of a bandwidth or a time. Lies between the first two places, at which the difference
/// has different signs; none unless there is exactly one zero between them.
std::optional<double> zero_of_curve(const Difference& low, const Difference& high,
                                    const Difference& third) {
  const double middle = (low.place + high.place) / 2.0;  // origin that keeps exp() moderate
  const double x = std::exp(low.place - middle), y = std::exp(high.place - middle),
               z = std::exp(third.place - middle);
  // Newton's divided differences of x (c0 + c1 x + c2 / x), a parabola.
  const double p = low.value * x, q = high.value * y, r = third.value * z;
  const double first = (q - p) / (y - x);
  const double second = ((r - q) / (z - y) - first) / (z - x);
  // p + first (v - x) + second (v - x) (v - y) as quadratic a v^2 + 2 h v + c
  const double a = second, h = (first - second * (x + y)) / 2.0, c = p - first * x + second * x * y;
  const double root = std::sqrt(h * h - a * c);
  const double far = h < 0.0 ? root - h : -h - root;  // the sum without cancellation
  std::optional<double> found;
  for (const double v : {far / a, c / far}) {
    if (!(v > x && v < y)) continue;
    if (found) return std::nullopt;
    found = middle + std::log(v);
  }
  return found;
}

}  // namespace

double log_ratio(const PairedCosts& costs, Counts counts) {
  const auto [a, b] = sums(costs, counts);
  return std::log(a / b);
}

CrossingSearch::CrossingSearch(PairedPoints points, double low, double high, double resolution)
    : points_(std::move(points)),
      low_(low),
      high_(high),
      resolution_(resolution),
      once_(points_.begin()->second.a.size(), 1),
      width_before_(infinite) {
  a_below_ = ratio_at(low_) < 0.0;
}

std::vector<double> CrossingSearch::wanted() {
  return high_ - low_ > resolution_ ? inside_bracket() : at_interval();
}

void CrossingSearch::add(double place, PairedCosts costs) {
  points_[place] = std::move(costs);
  if (place <= low_ || place >= high_) return;
  const bool a_cheaper = ratio_at(place) < 0.0;
  (a_cheaper == a_below_ ? low_ : high_) = place;
}

Crossing CrossingSearch::result() const {
  return {.at = guess(), .low = low_, .high = high_, .interval = interval()};
}

double CrossingSearch::ratio_at(double place) const { return log_ratio(points_.at(place), once_); }

double CrossingSearch::guess() const { return crossing_after(points_.find(low_), once_); }

double CrossingSearch::crossing_after(PairedPoints::const_iterator left, Counts counts) const {
  const auto right = std::next(left);
  const auto after = std::next(right);
  // The nearer of the points measured on the two sides of the bracket.
  auto third = after;
  if (left != points_.begin()) {
    const auto before = std::prev(left);
    const bool nearer =
        after == points_.end() || left->first - before->first < after->first - right->first;
    if (nearer) third = before;
  }
  if (third != points_.end()) {
    const auto difference = [&](const auto& point) {
      const auto [a, b] = sums(point.second, counts);
      return Difference{point.first, a - b};
    };
    const auto zero = zero_of_curve(difference(*left), difference(*right), difference(*third));
    if (zero) return *zero;
  }
  return zero_between(left->first, right->first, log_ratio(left->second, counts),
                      log_ratio(right->second, counts));
}

bool CrossingSearch::is_new(double place) const { return !points_.contains(place); }

std::vector<double> CrossingSearch::inside_bracket() {
  const double width = high_ - low_;
  const bool slow = width > width_before_ / 2.0;
  width_before_ = width;
  const double middle = low_ + width / 2.0;
  std::vector<double> places;
  if (slow) {
    places = {middle};
  } else {
    const double step = 0.45 * resolution_;
    places = {guess() - step, guess() + step};
  }
  std::erase_if(places, [&](double p) { return p <= low_ || p >= high_ || !is_new(p); });
  if (places.empty() && middle > low_ && middle < high_) places = {middle};
  return places;
}

std::vector<double> CrossingSearch::at_interval() {
  const auto ends = interval();
  if (!ends || refined_++ >= most_refinements) return {};
  std::vector<double> places;
  for (const double end : {ends->low, ends->high}) {
    const auto above = points_.lower_bound(end);
    if (!std::isfinite(end) || above == points_.end() || above == points_.begin()) continue;
    const double nearest = std::min(above->first - end, end - std::prev(above)->first);
    const bool coarse = nearest > 2.0 * resolution_;
    if (coarse && is_new(end)) places.push_back(end);
  }
  return places;
}

double CrossingSearch::crossing_of(Counts counts) const {
  const double found = guess();
  double nearest = infinite;
  bool any = false;
  for (auto left = points_.begin(), right = std::next(left); right != points_.end();
       ++left, ++right) {
    const double below = log_ratio(left->second, counts), above = log_ratio(right->second, counts);
    if ((below < 0.0) != a_below_ || (above < 0.0) == a_below_) continue;
    const double here = crossing_after(left, counts);
    if (!any || std::abs(here - found) < std::abs(nearest - found)) nearest = here;
    any = true;
  }
  if (any) return nearest;
  const bool a_everywhere = log_ratio(points_.begin()->second, counts) < 0.0;
  return a_everywhere == a_below_ ? infinite : -infinite;
}

std::optional<Interval> CrossingSearch::interval() const {
  return bootstrap(once_.size(), [this](Counts counts) { return crossing_of(counts); });
}

}  // namespace gradwire::analysis
