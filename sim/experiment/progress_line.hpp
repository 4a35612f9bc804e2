#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sim/experiment/recorder.hpp"

namespace gradwire::experiment {

/// How a run tells the sweep that started it how far it is: a line of text, without its line end.
[[nodiscard]] std::string progress_line(const Progress& progress);
/// Nothing where the line is something else.
[[nodiscard]] std::optional<Progress> parse_progress(const std::string& line);

/// How a run's line begins that the sweep shows to people at once.
inline constexpr std::string_view note_mark = "note: ";

}  // namespace gradwire::experiment
