#pragma once

#include <span>
#include <string>
#include <string_view>

namespace gradwire {

/// Insertions, deletions, changes and swaps of neighbours that make `b` of `a`.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

/// The word most like `word`, if it is near enough to be what was meant; else empty. Of equals the
/// first. A dotted word may also be meant by its last part.
[[nodiscard]] std::string nearest(std::string_view word, std::span<const std::string> known);

}  // namespace gradwire
