#include "analysis/study/sweep_over.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace gradwire::analysis {
namespace {

using Groups = std::map<Flat, SweepOver>;

/// Groups panels by the settings other than `setting` and those in `dropped`.
Groups grouped(const Study& study, const std::string& setting,
               const std::vector<std::string>& dropped) {
  Groups groups;
  for (const Panel& panel : study.panels) {
    const auto value = panel.any().number(setting);
    if (!value || !std::isfinite(*value)) continue;
    Flat rest = panel.settings;
    rest.erase(setting);
    for (const std::string& key : dropped) rest.erase(key);
    SweepOver& sweep = groups[rest];
    sweep.values.push_back(*value);
    sweep.panels.push_back(&panel);
  }
  return groups;
}

bool is_function(const Groups& groups) {
  return std::ranges::all_of(groups, [](const auto& group) {
    std::vector<double> values = group.second.values;
    std::ranges::sort(values);
    return std::ranges::adjacent_find(values) == values.end();
  });
}

void sort_by_value(SweepOver& sweep) {
  std::vector<std::pair<double, const Panel*>> pairs;
  for (std::size_t i = 0; i < sweep.values.size(); ++i) {
    pairs.emplace_back(sweep.values[i], sweep.panels[i]);
  }
  std::ranges::sort(pairs, {}, &std::pair<double, const Panel*>::first);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    std::tie(sweep.values[i], sweep.panels[i]) = pairs[i];
  }
}

}  // namespace

std::vector<SweepOver> sweeps_over(const Study& study, const std::string& setting,
                                   const std::vector<std::string>& along) {
  Groups groups = grouped(study, setting, along);
  if (!is_function(groups)) groups = grouped(study, setting, {});
  std::vector<SweepOver> sweeps;
  for (auto& [rest, sweep] : groups) {
    if (sweep.values.size() < 2) continue;
    sweep.setting = setting;
    for (const auto& [key, value] : rest) {
      if (groups.size() < 2 || value.empty()) continue;
      sweep.label += (sweep.label.empty() ? "" : ", ") + key + " " + value;
    }
    sweep.slug = groups.size() < 2 ? "" : std::to_string(sweeps.size() + 1);
    sort_by_value(sweep);
    sweeps.push_back(std::move(sweep));
  }
  return sweeps;
}

}  // namespace gradwire::analysis
