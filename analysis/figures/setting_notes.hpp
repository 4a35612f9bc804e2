#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace gradwire::analysis {

/// Notes about settings; notes with the same words are merged into one.
class SettingNotes {
 public:
  /// `setting`: empty if there is only one
  void add(const std::string& words, const std::string& setting) {
    auto found = std::ranges::find(notes_, words, &Note::words);
    if (found == notes_.end()) found = notes_.insert(found, {words, {}});
    if (!setting.empty()) found->settings.push_back(setting);
  }

  /// Appends one line per note: "words (setting, and 3 more settings)."
  void append_to(std::vector<std::string>& lines) const {
    for (const auto& [words, settings] : notes_) {
      std::string line = words;
      if (!settings.empty()) line += " (" + settings.front();
      if (settings.size() == 2) line += "; " + settings.back();
      if (settings.size() > 2) line += fmt::format(", and {} more settings", settings.size() - 1);
      lines.push_back(line + (settings.empty() ? "." : ")."));
    }
  }

 private:
  struct Note {
    std::string words;
    std::vector<std::string> settings;
  };
  std::vector<Note> notes_;
};

}  // namespace gradwire::analysis
