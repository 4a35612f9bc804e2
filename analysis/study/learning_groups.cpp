#include "analysis/study/learning_groups.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace gradwire::analysis {
namespace {

/// Top-level keys of a scenario that `gradwire replay` may change.
constexpr std::array<std::string_view, 9> replayable{"platform", "network_model", "network_factors",
                                                     "protocol", "wire",          "compute",
                                                     "baseline", "top5",          "energy"};

/// Those within them that it may not.
constexpr std::array<std::string_view, 1> learned{"wire.values"};

bool learns_by_the_clock(const Panel& panel) {
  return std::ranges::any_of(panel.series, [](const Series& series) {
    return series.runs.front()->text("protocol.on_failure") == "go_on";
  });
}

/// A panel reduced to the settings that its learning depends on.
Panel learning_of(const Panel& panel) {
  Panel learning{.settings = panel.settings};
  if (!learns_by_the_clock(panel)) {
    std::erase_if(learning.settings, [](const auto& entry) { return is_replayable(entry.first); });
  }
  return learning;
}

std::vector<std::string> keys_of(const std::vector<Panel>& panels) {
  std::vector<std::string> keys;
  for (const Panel& panel : panels) {
    for (const auto& [key, value] : panel.settings) {
      if (std::ranges::count(keys, key) == 0) keys.push_back(key);
    }
  }
  return keys;
}

}  // namespace

bool is_replayable(std::string_view setting) {
  return std::ranges::count(learned, setting) == 0 &&
         std::ranges::count(replayable, setting.substr(0, setting.find('.'))) > 0;
}

std::vector<LearningGroup> learning_groups(const Study& study) {
  std::vector<Panel> learnings;
  std::vector<LearningGroup> groups;
  for (const Panel& panel : study.panels) {
    Panel learning = learning_of(panel);
    const auto known = std::ranges::find(learnings, learning.settings, &Panel::settings);
    const auto place = static_cast<std::size_t>(known - learnings.begin());
    if (known == learnings.end()) {
      learnings.push_back(std::move(learning));
      groups.emplace_back();
    }
    groups[place].panels.push_back(&panel);
  }
  name_panels(learnings, keys_of(learnings));
  for (std::size_t i = 0; i < groups.size(); ++i) {
    groups[i].label = std::move(learnings[i].label);
    groups[i].slug = std::move(learnings[i].slug);
  }
  return groups;
}

bool is_what_if(const Study& study) {
  return !study.varied.empty() && std::ranges::all_of(study.varied, is_replayable);
}

}  // namespace gradwire::analysis
