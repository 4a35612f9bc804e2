#pragma once

#include <map>
#include <string>
#include <vector>

#include "analysis/figures/figure.hpp"
#include "analysis/study/curve.hpp"

namespace gradwire::analysis {

/// Style of each series label, the same in every figure; the paper's four methods have the first
/// four.
using StyleMap = std::map<std::string, std::size_t>;
[[nodiscard]] StyleMap styles_of(const Study& study);

/// Figures that could be drawn, and notes on those that could not.
struct Figures {
  std::vector<Figure> drawn;
  std::size_t asked = 0;  ///< leading entries of `drawn` that a what-if study is about
  std::vector<std::string> notes;
};

/// Draws the paper's figures: learning curves against rounds, bits and simulated seconds (Figure
/// 2), communication time (3) and, where they were swept, sparsity (4), heterogeneous data (5), and
/// time against bandwidth, latency, the number of workers and the time of a gradient. Curves
/// against rounds and bits are drawn once for all settings under which they are the same.
[[nodiscard]] Figures make_figures(const Study& study, const std::vector<PanelCurves>& curves);

}  // namespace gradwire::analysis
