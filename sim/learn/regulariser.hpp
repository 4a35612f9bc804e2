#pragma once

#include <span>

namespace gradwire::learn {

/// r(theta) = l2 / 2 ||theta||^2 + nonconvex sum_i theta_i^2 / (1 + theta_i^2). The second term is
/// that of the EF21 paper (arXiv 2106.05203, section 5).
struct Regulariser {
  double l2 = 0;
  double nonconvex = 0;

  [[nodiscard]] bool is_zero() const { return l2 == 0 && nonconvex == 0; }
  [[nodiscard]] double value(std::span<const float> theta) const;
  /// Derivative by one entry.
  [[nodiscard]] double derivative(double theta) const {
    const double q = 1 + theta * theta;
    return l2 * theta + nonconvex * 2 * theta / (q * q);
  }
  /// Upper bound of its second derivative.
  [[nodiscard]] double curvature() const { return l2 + 2 * nonconvex; }
};

}  // namespace gradwire::learn
