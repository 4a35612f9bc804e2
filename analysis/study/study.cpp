#include "analysis/study/study.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "analysis/results/csv.hpp"
#include "analysis/results/methods.hpp"
#include "analysis/study/models.hpp"
#include "sim/core/error.hpp"

namespace gradwire::analysis {
namespace {

constexpr std::string_view digest_key = "platform.digest";
constexpr std::size_t digest_letters_shown = 8;

/// Settings that never distinguish runs: the seed, and what follows from other settings.
bool is_ignored(std::string_view setting) {
  return setting == "seed" || setting == digest_key || setting == "$schema" ||
         setting == "gradwire" || setting.starts_with("gradwire.");
}

/// What coding an entry or a value costs; the defaults differ by compressor.
bool is_cost_of_coding(std::string_view setting) {
  return setting.starts_with("compute.") &&
         (setting.ends_with("_seconds_per_entry") || setting.ends_with("_seconds_per_value"));
}

/// Settings of the algorithm itself, and settings that may be tuned for each algorithm.
bool is_of_algorithm(std::string_view setting) { return setting.starts_with("algorithm."); }
bool may_be_tuned(std::string_view setting) {
  return setting.starts_with("learning_rate.") || setting.starts_with("wire.") ||
         setting.starts_with("compute.server_") || is_cost_of_coding(setting);
}

std::string_view value_of(const Flat& settings, const std::string& key) {
  const auto found = settings.find(key);
  return found == settings.end() ? std::string_view() : found->second;
}

std::string_view setting_of(const Run& run, const std::string& key) {
  return value_of(run.settings, key);
}

std::set<std::string> keys_of(const Results& results) {
  std::set<std::string> keys;
  for (const Run& run : results.runs) {
    for (const auto& [key, value] : run.settings) {
      if (!is_ignored(key)) keys.insert(key);
    }
  }
  return keys;
}

/// Digests of each platform file that was edited between runs, by its path.
std::map<std::string, std::set<std::string>> edited_platforms(const Results& results) {
  std::map<std::string, std::set<std::string>> digests;
  for (const Run& run : results.runs) {
    const std::string_view digest = setting_of(run, std::string(digest_key));
    if (!digest.empty()) {
      digests[std::string(setting_of(run, "platform.path"))].emplace(digest);
    }
  }
  std::erase_if(digests, [](const auto& file) { return file.second.size() < 2; });
  return digests;
}

/// Settings of the algorithm that differ among the runs of one algorithm.
std::set<std::string> varied_by_algorithm(const Results& results,
                                          const std::set<std::string>& keys) {
  std::set<std::string> varied;
  for (const std::string& key : keys) {
    if (!is_of_algorithm(key) || key == "algorithm.name") continue;
    std::map<std::string_view, std::string_view> first;
    for (const Run& run : results.runs) {
      const auto [known, is_new] = first.emplace(run.algorithm(), setting_of(run, key));
      if (!is_new && known->second != setting_of(run, key)) varied.insert(key);
    }
  }
  return varied;
}

std::string short_name(const std::string& key) {
  for (const std::string_view prefix : {"algorithm.", "platform.", "dataset."}) {
    if (key.starts_with(prefix)) return key.substr(prefix.size());
  }
  return key;
}

std::string words_for(const std::string& key, std::string_view value) {
  const std::string shown = value.empty() ? "none" : std::string(value);
  if (key == "dataset.name" || key == "model.name") return shown;
  if (key == digest_key) return short_name(key) + " " + shown.substr(0, digest_letters_shown);
  return short_name(key) + " " + shown;
}

std::string series_label(const Run& run, const std::set<std::string>& varied) {
  std::string label = display_name(run.algorithm().empty() ? "?" : run.algorithm());
  for (const std::string& key : varied) {
    if (!setting_of(run, key).empty()) label += ", " + words_for(key, setting_of(run, key));
  }
  return label;
}

/// Settings that distinguish panels: those that differ between runs, except settings that may be
/// tuned and have a single value in each series.
std::vector<std::string> panel_keys(const Results& results, const std::set<std::string>& keys,
                                    const std::set<std::string>& of_algorithm) {
  std::vector<std::string> varied;
  for (const std::string& key : keys) {
    if (is_of_algorithm(key)) continue;
    std::set<std::string_view> values;
    std::map<std::string, std::set<std::string_view>> by_series;
    for (const Run& run : results.runs) {
      values.insert(setting_of(run, key));
      by_series[series_label(run, of_algorithm)].insert(setting_of(run, key));
    }
    const bool tuned = may_be_tuned(key) && std::ranges::all_of(by_series, [](const auto& entry) {
                         return entry.second.size() == 1;
                       });
    if (values.size() > 1 && !tuned) varied.push_back(key);
  }
  return varied;
}

std::string slug_of(const std::string& label) {
  std::string slug;
  for (const char c : label) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (plain || c == '.') {
      slug += c;
    } else if (!slug.empty() && slug.back() != '-') {
      slug += '-';
    }
  }
  while (slug.ends_with('-')) slug.pop_back();
  return slug.substr(0, 60);
}

/// Names the values of the settings in `distinguishing`; `all`: also of those without one.
std::string panel_label(const Flat& settings, const std::set<std::string>& distinguishing,
                        bool all) {
  std::string label;
  for (const auto& [key, value] : settings) {
    if (!distinguishing.contains(key) || (value.empty() && !all)) continue;
    label += (label.empty() ? "" : ", ") + words_for(key, value);
  }
  return label;
}

/// Orders numbers and quantities by size, other texts alphabetically.
bool comes_before(const Run& a, const Run& b, const std::string& key) {
  const auto x = a.number(key), y = b.number(key);
  if (x && y && *x != *y) return *x < *y;
  return setting_of(a, key) < setting_of(b, key);
}

bool differs(const Run& a, const Run& b, const std::string& key) {
  return setting_of(a, key) != setting_of(b, key);
}

template <class Keys>
bool ascends(const Run& a, const Run& b, const Keys& keys) {
  for (const std::string& key : keys) {
    if (differs(a, b, key)) return comes_before(a, b, key);
  }
  return false;
}

void sort_series(Panel& panel, const std::set<std::string>& of_algorithm) {
  std::ranges::stable_sort(panel.series, [&](const Series& a, const Series& b) {
    if (a.algorithm != b.algorithm) {
      return std::pair(rank_of_method(a.algorithm), a.algorithm) <
             std::pair(rank_of_method(b.algorithm), b.algorithm);
    }
    return ascends(*a.runs.front(), *b.runs.front(), of_algorithm);
  });
  for (Series& series : panel.series) {
    std::ranges::stable_sort(series.runs, [](const Run* a, const Run* b) {
      return ascends(*a, *b, std::array<std::string, 1>{"seed"});
    });
  }
}

void check_seeds(const Panel& panel) {
  for (const Series& series : panel.series) {
    for (std::size_t i = 1; i < series.runs.size(); ++i) {
      if (series.runs[i]->seed() != series.runs[i - 1]->seed()) continue;
      throw InputError(
          series.runs[i]->folder.empty() ? series.runs[i]->id : series.runs[i]->folder.string(),
          fmt::format("has the same seed and the same known settings as {}; what sets them apart?",
                      series.runs[i - 1]->id));
    }
  }
}

/// The element for which `is_it` holds, appended by `make` if there is none.
template <class T, class Is, class Make>
T& found_or_added(std::vector<T>& list, Is is_it, Make make) {
  const auto found = std::ranges::find_if(list, is_it);
  return found != list.end() ? *found : list.emplace_back(make());
}

}  // namespace

const Series* Panel::of(std::string_view algorithm) const {
  const auto found = std::ranges::find(series, algorithm, &Series::algorithm);
  return found == series.end() ? nullptr : &*found;
}

const Series& Panel::reference() const {
  const Series* sgd = of("sgd");
  return sgd != nullptr ? *sgd : series.front();
}

void name_panels(std::vector<Panel>& panels, const std::vector<std::string>& varied) {
  std::set<std::string> distinguishing;
  for (const std::string& key : varied) {
    std::set<std::string_view> present;
    for (const Panel& panel : panels) present.insert(value_of(panel.settings, key));
    present.erase("");
    if (present.size() > 1) distinguishing.insert(key);
  }
  const auto name_all = [&](const std::set<std::string>& named, bool all) {
    std::set<std::string> labels;
    for (Panel& panel : panels)
      labels.insert(panel.label = panel_label(panel.settings, named, all));
    return labels.size() == panels.size() && (panels.size() < 2 || !labels.contains(""));
  };
  const bool named = name_all(distinguishing, false) || name_all(distinguishing, true);
  if (!named) name_all({varied.begin(), varied.end()}, true);
  std::set<std::string> slugs;
  for (Panel& panel : panels) {
    panel.slug = slug_of(panel.label);
    for (int i = 2; !slugs.insert(panel.slug).second; ++i) {
      panel.slug = fmt::format("{}-{}", slug_of(panel.label), i);
    }
  }
}

Study group_runs(const Results& results) {
  std::set<std::string> keys = keys_of(results);
  const auto edited = edited_platforms(results);
  if (!edited.empty()) keys.emplace(digest_key);
  const std::set<std::string> of_algorithm = varied_by_algorithm(results, keys);
  Study study;
  for (const auto& [path, digests] : edited) {
    study.notes.push_back(fmt::format(
        "{}: the runs had {} versions of this platform file; its digest sets them apart", path,
        digests.size()));
  }
  study.varied = panel_keys(results, keys, of_algorithm);
  std::map<Flat, std::size_t> places;
  for (const Run& run : results.runs) {
    Flat here;
    for (const std::string& key : study.varied) here[key] = setting_of(run, key);
    const auto [place, is_new] = places.emplace(here, study.panels.size());
    if (is_new) study.panels.push_back({.settings = here});
    const std::string label = series_label(run, of_algorithm);
    found_or_added(
        study.panels[place->second].series, [&](const Series& s) { return s.label == label; },
        [&] { return Series{.label = label, .algorithm = std::string(run.algorithm())}; })
        .runs.push_back(&run);
  }
  for (Panel& panel : study.panels) sort_series(panel, of_algorithm);
  for (const Panel& panel : study.panels) check_seeds(panel);
  join_models(study);
  std::ranges::stable_sort(study.panels, [&](const Panel& a, const Panel& b) {
    return ascends(a.any(), b.any(), study.varied);
  });
  if (!study.models.empty()) {
    study.notes.push_back(fmt::format(
        "{} network models: {}. Simulated times are {}'s unless they say “over models”, which is "
        "from the least to the most under any of them.",
        study.models.size(), names_of_models(study), study.models.front()));
  }
  study.crossovers = results.crossovers;
  name_panels(study.panels, study.varied);
  return study;
}

}  // namespace gradwire::analysis
