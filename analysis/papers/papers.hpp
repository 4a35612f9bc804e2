#pragma once

#include <span>
#include <vector>

#include "analysis/figures/figures.hpp"
#include "analysis/tables/table.hpp"

namespace gradwire::analysis::papers {

/// What the report shows of one paper. Both functions leave out what the runs have no data for.
struct Paper {
  /// The paper's tables with our numbers next to the published ones. `margin`: of equivalence
  /// tests, as a fraction of the published number.
  std::vector<Table> (*tables)(const Study& study, double margin);
  /// Adds the paper's figures, drawn from our runs, to `figures`. `curves`: of every panel of
  /// `study`; `styles`: of every series label.
  void (*add_figures)(const Study& study, const std::vector<PanelCurves>& curves,
                      const StyleMap& styles, Figures& figures);
};

/// All papers, in the order of the report.
[[nodiscard]] std::span<const Paper> all();

}  // namespace gradwire::analysis::papers
