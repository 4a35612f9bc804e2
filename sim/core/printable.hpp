#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gradwire {

/// Whether line feeds are kept.
enum class Lines { one, many };

/// Text from outside made safe for a terminal: valid UTF-8 without control characters, escape
/// sequences and characters that reorder a line; at most `longest` bytes. Other characters are
/// replaced by
/// '?', the rest of a longer text by "...".
[[nodiscard]] std::string printable(std::string_view text, std::size_t longest, Lines lines);

}  // namespace gradwire
