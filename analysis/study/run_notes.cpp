#include "analysis/study/run_notes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <tuple>

#include "analysis/results/csv.hpp"
#include "analysis/results/quantity.hpp"

namespace gradwire::analysis {
namespace {

constexpr std::size_t most_values = 4;  // values named per note

struct Note {
  std::string text;
  std::set<const Run*> runs;
};

std::vector<Note> collected(const Results& results) {
  std::vector<Note> notes;
  std::map<std::string_view, std::size_t> places;
  for (const Run& run : results.runs) {
    for (const std::string& text : run.notes) {
      const auto [place, is_new] = places.emplace(text, notes.size());
      if (is_new) notes.push_back({text, {}});
      notes[place->second].runs.insert(&run);
    }
  }
  return notes;
}

/// Settings with at least two values, without the seed and what follows from other settings.
/// Settings of the platform come first, then names.
std::vector<std::string> varied_settings(const Results& results) {
  std::map<std::string, std::set<std::string_view>> values;
  std::set<std::string> keys;
  for (const Run& run : results.runs) {
    for (const auto& [key, value] : run.settings) keys.insert(key);
  }
  for (const Run& run : results.runs) {
    for (const std::string& key : keys) {
      const auto found = run.settings.find(key);
      values[key].insert(found == run.settings.end() ? std::string_view() : found->second);
    }
  }
  std::vector<std::string> varied;
  for (const auto& [key, all] : values) {
    const bool names = key != "seed" && !key.ends_with("digest") && !key.starts_with("gradwire");
    if (names && all.size() > 1) varied.push_back(key);
  }
  std::ranges::stable_sort(varied, {}, [](const std::string& key) {
    if (key.starts_with("platform.")) return 0;
    return key.ends_with(".name") ? 1 : 2;
  });
  return varied;
}

std::string joined(const std::vector<std::string>& values) {
  std::string text;
  for (std::size_t i = 0; i < values.size() && i < most_values; ++i) {
    text += (i == 0 ? "" : ", ") + values[i];
  }
  if (values.size() > most_values) {
    text += fmt::format(" and {} more", values.size() - most_values);
  }
  return text;
}

/// Sort key: numbers and quantities by size, before other texts.
std::tuple<bool, double, std::string> by_size(const std::string& value) {
  const auto number = number_in(value);
  const auto size = number ? number : quantity_in(value);
  const bool has_size = size && !std::isnan(*size);
  return {!has_size, has_size ? *size : 0.0, value};
}

/// "platform.uplink 10Gbps, 100Gbps" if all runs with these values of `key`, and no others, have
/// the note.
std::optional<std::string> identifying_values(const Note& note, const Results& results,
                                              const std::string& key) {
  std::vector<std::string> with;
  std::set<std::string_view> without;
  for (const Run& run : results.runs) {
    const auto found = run.settings.find(key);
    const std::string value = found == run.settings.end() ? "" : found->second;
    if (!note.runs.contains(&run)) {
      without.insert(found == run.settings.end() ? std::string_view() : found->second);
    } else if (value.empty()) {
      return std::nullopt;
    } else if (std::ranges::count(with, value) == 0) {
      with.push_back(value);
    }
  }
  const bool shared =
      std::ranges::any_of(with, [&](const std::string& v) { return without.contains(v); });
  if (shared) return std::nullopt;
  std::ranges::sort(with, {}, by_size);
  return key + " " + joined(with);
}

/// The note's runs in words; empty if all runs have it.
std::string applies_to(const Note& note, const Results& results,
                       const std::vector<std::string>& varied) {
  if (note.runs.size() == results.runs.size()) return "";
  for (const std::string& key : varied) {
    if (const auto words = identifying_values(note, results, key)) return " (" + *words + ")";
  }
  return fmt::format(" ({} of {} runs)", note.runs.size(), results.runs.size());
}

}  // namespace

std::vector<std::string> notes_of_runs(const Results& results) {
  const std::vector<Note> notes = collected(results);
  if (notes.empty()) return {};
  const std::vector<std::string> varied = varied_settings(results);
  std::vector<std::string> lines;
  for (const Note& note : notes) lines.push_back(note.text + applies_to(note, results, varied));
  return lines;
}

}  // namespace gradwire::analysis
