#pragma once

#include <map>
#include <string>
#include <vector>

#include "analysis/figures/figure.hpp"
#include "analysis/study/curve.hpp"

namespace gradwire::analysis {

/// The style of each series' label, the same in every figure; the paper's four methods first.
using StyleMap = std::map<std::string, std::size_t>;
[[nodiscard]] StyleMap styles_of(const Study& study);

/// What could be drawn, and why other things could not.
struct Figures {
  std::vector<Figure> drawn;
  std::size_t asked = 0;  ///< of them, at the begin: what a study of networks and machines is about
  std::vector<std::string> notes;
};

/// As the paper draws them: learning curves against rounds, bits and simulated seconds (its Figure
/// 2), communication time (3), and where they were swept, sparsity (4), heterogeneous data (5) and
/// bandwidth, latency and the number of workers. Curves against rounds and bits are drawn once for
/// settings under which they are the same.
[[nodiscard]] Figures make_figures(const Study& study, const std::vector<PanelCurves>& curves);

}  // namespace gradwire::analysis
