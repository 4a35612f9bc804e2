#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sim/results/recorder.hpp"

namespace gradwire::sweep {

/// A run's progress as a line of text without line end, for the sweep that started the run.
[[nodiscard]] std::string progress_line(const results::Progress& progress);
/// None if the line is not a progress line.
[[nodiscard]] std::optional<results::Progress> parse_progress(const std::string& line);

/// Beginning of a line that the sweep displays at once.
inline constexpr std::string_view note_mark = "note: ";

}  // namespace gradwire::sweep
