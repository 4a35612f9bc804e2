#include "analysis/figures/same_curves.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "analysis/figures/parts.hpp"
#include "analysis/study/learning_groups.hpp"

namespace gradwire::analysis {
namespace {

bool draw_the_same(const PanelCurves& a, const PanelCurves& b) {
  constexpr std::size_t rounds = x_axis("rounds"), bits = x_axis("uplink_payload_bits");
  if (a.curves.size() != b.curves.size()) return false;
  for (std::size_t s = 0; s < a.curves.size(); ++s) {
    const Curve &one = a.curves[s], &other = b.curves[s];
    const bool same = a.panel->series[s].label == b.panel->series[s].label &&
                      one.runs == other.runs && one.x[rounds] == other.x[rounds] &&
                      one.x[bits] == other.x[bits] && one.mean == other.mean && one.sd == other.sd;
    if (!same) return false;
  }
  return true;
}

/// Splits a learning group into parts with the same curves: a run that is missing or ends earlier
/// under one setting gives this setting different curves.
std::vector<SameCurves> parts_of(const LearningGroup& group,
                                 const std::vector<PanelCurves>& curves) {
  std::vector<SameCurves> parts;
  for (const Panel* panel : group.panels) {
    const PanelCurves& here = *std::ranges::find(curves, panel, &PanelCurves::panel);
    const auto same = std::ranges::find_if(
        parts, [&](const SameCurves& part) { return draw_the_same(*part.panels.front(), here); });
    if (same != parts.end()) {
      same->panels.push_back(&here);
    } else {
      parts.push_back({{&here}, panel->label, panel->slug});
    }
  }
  if (parts.size() == 1) {
    parts.front().label = group.label;
    parts.front().slug = group.slug;
  }
  return parts;
}

}  // namespace

std::vector<SameCurves> same_curves(const Study& study, const std::vector<PanelCurves>& curves) {
  std::vector<SameCurves> all;
  for (const LearningGroup& group : learning_groups(study)) {
    std::ranges::move(parts_of(group, curves), std::back_inserter(all));
  }
  return all;
}

std::string title_suffix(const SameCurves& curves) {
  std::string words = curves.label;
  if (curves.panels.size() > 1) {
    words +=
        fmt::format("{}the same in {} settings", words.empty() ? "" : "; ", curves.panels.size());
  }
  return words.empty() ? "" : " (" + words + ")";
}

Chart chart_of(const SameCurves& curves, const StyleMap& styles, std::size_t x, std::size_t y) {
  Chart chart = curve_chart(*curves.panels.front(), styles, x, y);
  chart.title = curves.label;
  for (const PanelCurves* panel : curves.panels) {
    for (Rule& rule : curve_chart(*panel, styles, x, y).horizontal) {
      const bool known = std::ranges::count(chart.horizontal, rule.at, &Rule::at) > 0;
      if (!known) chart.horizontal.push_back(std::move(rule));
    }
  }
  return chart;
}

}  // namespace gradwire::analysis
