#pragma once

#include <span>
#include <string>
#include <string_view>

namespace gradwire {

/// The least number of insertions, deletions, substitutions and swaps of neighbours that turn `a`
/// into `b`.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

/// The known word closest to `word`, if it is close enough to be what was meant; else empty. Ties
/// go to the first. A dotted word also matches by its last part.
[[nodiscard]] std::string did_you_mean(std::string_view word, std::span<const std::string> known);

}  // namespace gradwire
