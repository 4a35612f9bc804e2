#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gradwire::tcp {

/// Whether line feeds stay.
enum class Lines { one, many };

/// A text of a peer as a terminal may show it: valid UTF-8 without control characters, escape
/// sequences and characters that reorder a line; at most `longest` bytes. What may not stay becomes
/// '?', the rest of a longer text "...".
[[nodiscard]] std::string printable(std::string_view text, std::size_t longest, Lines lines);

}  // namespace gradwire::tcp
