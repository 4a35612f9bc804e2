#pragma once

#include <vector>

#include "sim/algorithms/compressors/compressor.hpp"
#include "sim/algorithms/compressors/qsgd.hpp"
#include "sim/algorithms/compressors/selection.hpp"
#include "sim/algorithms/config.hpp"
#include "sim/algorithms/messages/message.hpp"
#include "sim/algorithms/parameter.hpp"

namespace gradwire::algorithms {

/// How the values of the entries that a compressor keeps are sent.
enum class KeptValues { exact, quantised, signs };

inline constexpr Choice kept_values_choices[] = {
    {"exact", "as they are"},
    {"quantised",
     "at random to levels of the Euclidean norm of a block's kept entries (Qsparse); with more "
     "than levels^2 kept entries this may enlarge an error memory"},
    {"signs", "as signs, times the mean magnitude of a block's kept entries (SignTopK)"}};
static_assert(has_row_for_each(kept_values_choices, KeptValues::signs));
inline constexpr ChoiceParameter kept_values_parameter{.key = "kept_values",
                                                       .help = "how the kept entries are sent",
                                                       .choices = kept_values_choices,
                                                       .default_value = "exact"};
/// levels applies to quantised kept values only.
inline constexpr Condition kept_values_conditions[] = {
    {&levels_parameter, &kept_values_parameter, "quantised"}};

/// Codes the kept entries (Basu et al., arXiv 1906.02367). Each block of a selection is a bucket of
/// its k_l kept entries x:
///   quantised: QSGD_s of x, with norm ||x||_2      signs: (||x||_1 / k_l) sign(x), sign(0) = +1
class KeptValueCoding {
 public:
  KeptValueCoding() = default;  ///< exact
  /// s: of quantised values.
  explicit KeptValueCoding(KeptValues values, int s = 1) : values_(values), s_(s) {}
  explicit KeptValueCoding(const AlgorithmConfig& config);

  /// The message for these kept entries. Draws from a part of the step's random numbers that no
  /// selection uses.
  [[nodiscard]] Message code(Sparse kept, const std::vector<Block>& blocks,
                             const StepContext& step) const;
  /// Of messages with this selection.
  [[nodiscard]] MessageShape shape(std::vector<Block> blocks) const;

 private:
  KeptValues values_ = KeptValues::exact;
  int s_ = 1;
};

}  // namespace gradwire::algorithms
