#pragma once

namespace gradwire::algorithms {

/// gamma of one iteration. In the authors' code, the gamma in the lazy rule's threshold follows a
/// decay later than the one that scales the gradients.
struct StepSize {
  double gamma = 0.0;         ///< scales the gradient, (M5)
  double in_threshold = 0.0;  ///< the gamma of (M4)
  double relative = 1.0;      ///< gamma, divided by its initial value

  [[nodiscard]] static constexpr StepSize same(double gamma) { return {gamma, gamma, 1.0}; }
};

}  // namespace gradwire::algorithms
