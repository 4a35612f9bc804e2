#pragma once

#include <string>
#include <string_view>

namespace gradwire::analysis {

[[nodiscard]] bool is_utf8(std::string_view text);

/// `text` in UTF-8: unchanged if it is valid UTF-8, else decoded as Windows-1252, whose letters
/// include those of Latin-1.
[[nodiscard]] std::string as_utf8(std::string_view text);

/// `text` with a question mark in place of each control character, for messages.
[[nodiscard]] std::string one_line(std::string_view text);

/// Converts UTF-16 to UTF-8; unpaired surrogates become U+FFFD.
[[nodiscard]] std::string from_utf16(std::string_view text, bool big_endian);

}  // namespace gradwire::analysis
