#pragma once

#include <string>

#include "analysis/figures/figures.hpp"
#include "analysis/study/sweep_over.hpp"

namespace gradwire::analysis {

/// Learning curves of one panel: `y` against `x`, indices of y_axes and x_axes. Lines without the
/// columns are left out.
[[nodiscard]] Chart curve_chart(const PanelCurves& curves, const StyleMap& styles, std::size_t x,
                                std::size_t y);

/// Points of `column` along a sweep, a line a series, mean with one standard deviation either way;
/// where network models are compared, from the least to the most of their means.
/// Where a run has no number there is no point, and `notes` says so.
[[nodiscard]] Chart sweep_chart(const SweepOver& sweep, const StyleMap& styles,
                                const std::string& column, std::vector<std::string>& notes);

/// "name", or "name-slug".
[[nodiscard]] std::string joined_slug(const std::string& name, const std::string& slug);

/// "SGD 0.982, SASG 0.981": where the lines of a chart end.
[[nodiscard]] std::string ends_of(const Chart& chart);

/// Each a family of figures; they add to `figures` what can be drawn, and notes on what cannot.
void add_learning_curves(const Study& study, const std::vector<PanelCurves>& curves,
                         const StyleMap& styles, Figures& figures);
void add_communication(const std::vector<PanelCurves>& curves, const StyleMap& styles,
                       Figures& figures);
void add_sparsity(const Study& study, const StyleMap& styles, Figures& figures);
void add_heterogeneity(const Study& study, const std::vector<PanelCurves>& curves,
                       const StyleMap& styles, Figures& figures);
/// Time against what was swept of the network and the machines.
void add_network(const Study& study, const StyleMap& styles, Figures& figures);

}  // namespace gradwire::analysis
