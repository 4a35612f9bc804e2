#pragma once

#include <string>
#include <vector>

#include "analysis/figures/figure.hpp"
#include "analysis/figures/figures.hpp"
#include "analysis/study/curve.hpp"

namespace gradwire::analysis {

/// Panels whose curves against rounds, bits and epochs are the same.
struct SameCurves {
  std::vector<const PanelCurves*> panels;
  std::string label;  ///< what distinguishes them from others
  std::string slug;
};

/// All panels, those with the same curves together. `curves`: of every panel of `study`.
[[nodiscard]] std::vector<SameCurves> same_curves(const Study& study,
                                                  const std::vector<PanelCurves>& curves);

/// " (LABEL; the same in N settings)"; empty if there is one setting.
[[nodiscard]] std::string title_suffix(const SameCurves& curves);

/// The chart of the first setting, with the baselines of all settings.
[[nodiscard]] Chart chart_of(const SameCurves& curves, const StyleMap& styles, std::size_t x,
                             std::size_t y);

}  // namespace gradwire::analysis
