#pragma once

#include <span>

namespace gradwire::analysis {

/// What can be said of a mean against a published number, with a margin around that.
enum class Verdict {
  equivalent,    ///< both one-sided tests reject: the mean lies inside the margin
  different,     ///< a one-sided test shows that the mean lies outside the margin
  undetermined,  ///< neither; too few runs, or too much spread
};

struct Equivalence {
  Verdict verdict = Verdict::undetermined;
  double p = 1.0;  ///< of equivalence: the larger of the two one-sided tests'; 1 for n < 2
};

/// Two one-sided t tests (Schuirmann 1987) of `values` against `reference` (1 -+ margin), each at
/// `level`. `reference` > 0 counts as exact: papers seldom publish its spread. One value leaves it
/// undetermined.
[[nodiscard]] Equivalence equivalence(std::span<const double> values, double reference,
                                      double margin, double level = 0.05);

}  // namespace gradwire::analysis
