#pragma once

#include <span>

namespace gradwire::analysis {

/// Outcome of comparing a mean with a published number, given a margin around that number.
enum class Verdict {
  equivalent,    ///< both one-sided tests reject: the mean lies inside the margin
  different,     ///< a one-sided test shows that the mean lies outside the margin
  undetermined,  ///< neither: too few runs, or too much spread
};

struct Equivalence {
  Verdict verdict = Verdict::undetermined;
  double p = 1.0;  ///< p value of equivalence: the larger of the two one-sided tests; 1 for n < 2
};

/// Two one-sided t tests (Schuirmann 1987) of `values` against `reference` (1 -+ margin), each at
/// `level`. `reference` > 0 is taken as exact: papers seldom publish its spread. With a single
/// value the verdict is undetermined.
[[nodiscard]] Equivalence equivalence(std::span<const double> values, double reference,
                                      double margin, double level = 0.05);

}  // namespace gradwire::analysis
