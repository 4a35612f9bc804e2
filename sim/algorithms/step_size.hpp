#pragma once

namespace gradwire::algorithms {

/// gamma of one iteration. The authors' code lets the one in the lazy rule's threshold follow a
/// decay later than the one that scales the gradients.
struct StepSize {
  double gamma = 0.0;         ///< scales the gradient, (M5)
  double in_threshold = 0.0;  ///< the gamma of (M4)
};

/// The same gamma in both places.
[[nodiscard]] constexpr StepSize everywhere(double gamma) { return {gamma, gamma}; }

}  // namespace gradwire::algorithms
