#include "analysis/figures/labels.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

namespace gradwire::analysis {
namespace {

constexpr std::array distances{6.0, 11.0, 17.0, 25.0, 35.0, 47.0, 61.0, 80.0, 105.0};
constexpr int directions = 24;
constexpr double with_leader = 10.0;  ///< from this distance on, a line leads to the point
constexpr double text_gap = 1.0;      ///< between texts
constexpr double cost_of_crossing = 14.0, cost_of_wrong_side = 7.0;
constexpr int most_trials = 8;

bool overlap(const Box& a, const Box& b) {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

bool holds(const Box& outer, const Box& inner) {
  return inner.x >= outer.x && inner.y >= outer.y &&
         inner.x + inner.width <= outer.x + outer.width &&
         inner.y + inner.height <= outer.y + outer.height;
}

Box widened(const Box& box, double by) {
  return {box.x - by, box.y - by, box.width + 2.0 * by, box.height + 2.0 * by};
}

/// Whether a segment has a point in a box (Liang and Barsky's clipping).
bool crosses(const Segment& s, const Box& box) {
  double from = 0.0, to = 1.0;
  const double dx = s.x2 - s.x1, dy = s.y2 - s.y1;
  const std::array<std::array<double, 2>, 4> sides{{{-dx, s.x1 - box.x},
                                                    {dx, box.x + box.width - s.x1},
                                                    {-dy, s.y1 - box.y},
                                                    {dy, box.y + box.height - s.y1}}};
  for (const auto& [p, q] : sides) {
    if (p == 0.0) {
      if (q < 0.0) return false;
    } else if (p < 0.0) {
      from = std::max(from, q / p);
    } else {
      to = std::min(to, q / p);
    }
  }
  return from <= to;
}

/// Whether two segments cross: the ends of each are on different sides of the other.
bool crosses(const Segment& a, const Segment& b) {
  const auto side = [](const Segment& s, double x, double y) {
    return (s.x2 - s.x1) * (y - s.y1) - (s.y2 - s.y1) * (x - s.x1) > 0.0;
  };
  return side(a, b.x1, b.y1) != side(a, b.x2, b.y2) && side(b, a.x1, a.y1) != side(b, a.x2, a.y2);
}

Box marker_box(const WantedLabel& label) {
  return {label.x - marker_radius, label.y - marker_radius, 2.0 * marker_radius,
          2.0 * marker_radius};
}

/// The text at a distance and an angle (0: to the right) from its point.
PlacedLabel candidate(const WantedLabel& label, double distance, double angle) {
  const double cos = std::cos(angle), sin = std::sin(angle);
  const double x = label.x + distance * cos, y = label.y + distance * sin;
  const double center_x = x + label.width / 2.0 * std::clamp(2.0 * cos, -1.0, 1.0);
  const double center_y = y + label.height / 2.0 * std::clamp(2.0 * sin, -1.0, 1.0);
  PlacedLabel placed{.box = {center_x - label.width / 2.0, center_y - label.height / 2.0,
                             label.width, label.height},
                     .leader = std::nullopt};
  if (distance < with_leader) return placed;
  const double end_x = std::clamp(label.x, placed.box.x, placed.box.x + label.width);
  const double end_y = std::clamp(label.y, placed.box.y, placed.box.y + label.height);
  const double length = std::hypot(end_x - label.x, end_y - label.y);
  if (length <= marker_radius) return placed;
  const double share = marker_radius / length;
  placed.leader = Segment{label.x + share * (end_x - label.x), label.y + share * (end_y - label.y),
                          end_x, end_y};
  return placed;
}

class Placement {
 public:
  Placement(const std::vector<WantedLabel>& wanted, const Box& frame,
            const std::vector<Segment>& lines, const std::vector<Box>& taken)
      : wanted_(wanted), frame_(frame), lines_(lines), taken_(taken), placed_(wanted.size()) {}

  /// Places all in an order; then again with those that found no place first, while this helps.
  std::vector<std::optional<PlacedLabel>> place_all() {
    std::vector<std::size_t> order(wanted_.size());
    std::iota(order.begin(), order.end(), 0U);
    std::vector<std::optional<PlacedLabel>> most;
    std::ptrdiff_t fewest_missing = std::ssize(wanted_) + 1;
    for (int trial = 0; trial < most_trials && fewest_missing > 0; ++trial) {
      std::ranges::fill(placed_, std::nullopt);
      for (const std::size_t i : order) placed_[i] = best(i);
      const auto missing = std::ranges::count_if(placed_, [](const auto& p) { return !p; });
      if (missing < fewest_missing) most = placed_;
      fewest_missing = std::min(fewest_missing, missing);
      std::ranges::stable_partition(order, [&](std::size_t i) { return !placed_[i]; });
    }
    return most;
  }

 private:
  [[nodiscard]] std::optional<PlacedLabel> best(std::size_t i) const {
    std::optional<PlacedLabel> best;
    double least = std::numeric_limits<double>::infinity();
    for (const double distance : distances) {
      if (distance >= least) break;  // crossings only add to it
      for (int k = 0; k < directions; ++k) {
        const PlacedLabel here =
            candidate(wanted_[i], distance, 2.0 * std::numbers::pi * k / directions);
        if (!is_free(i, here)) continue;
        const double cost = distance + cost_of_crossing * crossings(here) +
                            (is_on_wrong_side(wanted_[i], here) ? cost_of_wrong_side : 0.0);
        if (cost >= least) continue;
        least = cost;
        best = here;
      }
    }
    return best;
  }

  [[nodiscard]] static bool is_on_wrong_side(const WantedLabel& label, const PlacedLabel& placed) {
    const double right = placed.box.x + placed.box.width / 2.0 - label.x;
    const double down = placed.box.y + placed.box.height / 2.0 - label.y;
    const bool is_above = down < -1.0 || (right < 0.0 && down < 1.0);
    return is_above != label.above;
  }

  [[nodiscard]] bool is_free(std::size_t i, const PlacedLabel& label) const {
    const Box wide = widened(label.box, text_gap);
    if (!holds(frame_, wide)) return false;
    for (const Box& box : taken_) {
      if (overlap(box, label.box)) return false;
    }
    for (std::size_t j = 0; j < wanted_.size(); ++j) {
      if (overlap(marker_box(wanted_[j]), label.box)) return false;
      if (label.leader && is_apart(i, j) && crosses(*label.leader, marker_box(wanted_[j]))) {
        return false;
      }
      if (placed_[j] && clash(*placed_[j], label, wide)) return false;
    }
    return true;
  }

  /// Whether a leader of one marker can avoid the other.
  [[nodiscard]] bool is_apart(std::size_t i, std::size_t j) const {
    return !overlap(marker_box(wanted_[i]), marker_box(wanted_[j]));
  }

  [[nodiscard]] static bool clash(const PlacedLabel& other, const PlacedLabel& label,
                                  const Box& wide) {
    if (overlap(other.box, wide)) return true;
    if (other.leader && crosses(*other.leader, wide)) return true;
    if (!label.leader) return false;
    return crosses(*label.leader, other.box) ||
           (other.leader && crosses(*label.leader, *other.leader));
  }

  [[nodiscard]] double crossings(const PlacedLabel& label) const {
    const auto count = std::ranges::count_if(lines_, [&](const Segment& line) {
      return crosses(line, label.box) || (label.leader && crosses(*label.leader, line));
    });
    return static_cast<double>(count);
  }

  const std::vector<WantedLabel>& wanted_;
  const Box& frame_;
  const std::vector<Segment>& lines_;
  const std::vector<Box>& taken_;
  std::vector<std::optional<PlacedLabel>> placed_;
};

}  // namespace

std::vector<std::optional<PlacedLabel>> place_labels(const std::vector<WantedLabel>& wanted,
                                                     const Box& frame,
                                                     const std::vector<Segment>& lines,
                                                     const std::vector<Box>& taken) {
  return Placement(wanted, frame, lines, taken).place_all();
}

}  // namespace gradwire::analysis
