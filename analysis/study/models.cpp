#include "analysis/study/models.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "analysis/statistics/sample.hpp"
#include "analysis/study/cost.hpp"

namespace gradwire::analysis {
namespace {

constexpr std::string_view model_key = "network_model";
constexpr std::array<std::string_view, 3> usual_order{"CM02", "calibrated", "LV08"};

bool is_of_model(std::string_view key) {
  return key == model_key || key.starts_with("network_factors.");
}

std::pair<std::size_t, std::string> rank_of(const std::string& model) {
  const auto place = std::ranges::find(usual_order, model) - usual_order.begin();
  return {static_cast<std::size_t>(place), model};
}

Flat part_of(const Flat& settings, bool of_model) {
  Flat part;
  for (const auto& [key, value] : settings) {
    if (is_of_model(key) == of_model) part[key] = value;
  }
  return part;
}

/// Whether each network model has a single set of factors, so that its name identifies it.
bool names_say_all(const Study& study) {
  std::map<std::string, Flat> factors;
  for (const Panel& panel : study.panels) {
    const Flat here = part_of(panel.settings, true);
    const auto [known, is_new] = factors.emplace(here.at(std::string(model_key)), here);
    if (!is_new && known->second != here) return false;
  }
  return true;
}

void join(Panel& panel, Panel other) {
  if (rank_of(other.model) < rank_of(panel.model)) {
    std::swap(panel, other);
    panel.other_network_models = std::exchange(other.other_network_models, {});
  }
  panel.other_network_models.push_back(std::move(other));
}

}  // namespace

void join_models(Study& study) {
  const bool varied = std::ranges::count(study.varied, model_key) > 0;
  if (!varied || !names_say_all(study)) return;
  std::set<std::pair<std::size_t, std::string>> models;
  std::vector<Panel> joined;
  for (Panel& panel : study.panels) {
    panel.model = panel.settings.at(std::string(model_key));
    models.insert(rank_of(panel.model));
    panel.settings = part_of(panel.settings, false);
    const auto same = std::ranges::find(joined, panel.settings, &Panel::settings);
    if (same == joined.end()) {
      joined.push_back(std::move(panel));
    } else {
      join(*same, std::move(panel));
    }
  }
  study.panels = std::move(joined);
  for (Panel& panel : study.panels) {
    std::ranges::sort(panel.other_network_models, {},
                      [](const Panel& p) { return rank_of(p.model); });
  }
  for (const auto& [rank, model] : models) study.models.push_back(model);
  std::erase_if(study.varied, is_of_model);
}

std::optional<Envelope> envelope_of(const Panel& panel, const std::string& series,
                                    const std::string& column) {
  if (panel.other_network_models.empty()) return std::nullopt;
  std::vector<double> means;
  const auto add = [&](const Panel& under_one_model) {
    const auto found = std::ranges::find(under_one_model.series, series, &Series::label);
    if (found == under_one_model.series.end()) return false;
    const Cost cost = cost_of(*found, column);
    if (cost.whole()) means.push_back(mean(cost.values));
    return cost.whole();
  };
  if (!add(panel) || !std::ranges::all_of(panel.other_network_models, add)) return std::nullopt;
  const auto [least, most] = std::ranges::minmax(means);
  return Envelope{least, most};
}

std::string names_of_models(const Study& study, std::size_t from) {
  std::string names;
  for (std::size_t i = from; i < study.models.size(); ++i) {
    names += (names.empty() ? "" : ", ") + study.models[i];
  }
  return names;
}

}  // namespace gradwire::analysis
