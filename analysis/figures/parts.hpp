#pragma once

#include <string>

#include "analysis/figures/figures.hpp"
#include "analysis/study/sweep_over.hpp"

namespace gradwire::analysis {

/// Learning curves of one panel: y_axes[`y`] against x_axes[`x`]. Series that lack the columns are
/// left out.
[[nodiscard]] Chart curve_chart(const PanelCurves& curves, const StyleMap& styles, std::size_t x,
                                std::size_t y);

/// `column` along a sweep, one line per series: the mean with one standard deviation either way or,
/// where network models are compared, with the range of their means. Where a run has no number the
/// point is left out, and `notes` gains a sentence, unless the runs were given no baseline.
[[nodiscard]] Chart sweep_chart(const SweepOver& sweep, const StyleMap& styles,
                                const std::string& column, std::vector<std::string>& notes);

/// "name", or "name-slug" if `slug` is not empty.
[[nodiscard]] std::string joined_slug(const std::string& name, const std::string& slug);

/// The last finite value of each line: "SGD 0.982, SASG 0.981".
[[nodiscard]] std::string ends_of(const Chart& chart);

/// Each adds one family of figures to `figures`, as far as they can be drawn, and notes on the
/// rest. `slug` begins the file name of each.
void add_learning_curves(const Study& study, const std::vector<PanelCurves>& curves,
                         const StyleMap& styles, const std::string& slug, Figures& figures);
void add_communication(const std::vector<PanelCurves>& curves, const StyleMap& styles,
                       const std::string& slug, Figures& figures);
void add_sparsity(const Study& study, const std::string& slug, Figures& figures);
void add_heterogeneity(const Study& study, const std::vector<PanelCurves>& curves,
                       const StyleMap& styles, const std::string& slug, Figures& figures);

}  // namespace gradwire::analysis
