#pragma once

#include <filesystem>
#include <string>

namespace gradwire::experiment {

/// Why a run failed, in a line: what it said last, in its log or as its `words`, or what killed it.
/// `status` is its exit status, or 128 + a signal.
[[nodiscard]] std::string failure_text(int status, const std::filesystem::path& log,
                                       const std::string& words);

/// What SimGrid said before it ended its process, from the log that it wrote; empty: nothing.
[[nodiscard]] std::string last_words_of_simgrid(const std::filesystem::path& log);

}  // namespace gradwire::experiment
