#include "analysis/study/worker_groups.hpp"

#include <algorithm>
#include <set>

namespace gradwire::analysis {
namespace {

constexpr const char* workers_key = "workers";
constexpr const char* step_size_key = "learning_rate.initial";

Flat settings_besides_workers(const Panel& panel) {
  Flat rest = panel.settings;
  if (rest.erase(workers_key) > 0) rest.erase(step_size_key);
  return rest;
}

std::vector<std::string> all_keys(const std::vector<Panel>& panels) {
  std::set<std::string> keys;
  for (const Panel& panel : panels) {
    for (const auto& [key, value] : panel.settings) keys.insert(key);
  }
  return {keys.begin(), keys.end()};
}

}  // namespace

std::vector<WorkerGroup> worker_groups(const std::vector<const Panel*>& panels) {
  std::vector<WorkerGroup> groups;
  std::vector<Panel> rests;
  for (std::size_t i = 0; i < panels.size(); ++i) {
    Flat rest = settings_besides_workers(*panels[i]);
    const auto known = std::ranges::find(rests, rest, &Panel::settings);
    const auto place = static_cast<std::size_t>(known - rests.begin());
    if (known == rests.end()) {
      rests.push_back({.settings = std::move(rest)});
      groups.emplace_back();
    }
    groups[place].members.push_back(i);
  }
  name_panels(rests, all_keys(rests));
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const bool alone = groups[i].members.size() == 1;
    const Panel& named = alone ? *panels[groups[i].members.front()] : rests[i];
    groups[i].label = named.label;
    groups[i].slug = named.slug;
  }
  return groups;
}

}  // namespace gradwire::analysis
