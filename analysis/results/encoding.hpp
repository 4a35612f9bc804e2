#pragma once

#include <string>
#include <string_view>

namespace gradwire::analysis {

[[nodiscard]] bool is_utf8(std::string_view text);

/// `text` in UTF-8: as it is if it is UTF-8 already, else read as Windows-1252, whose letters are
/// those of Latin-1.
[[nodiscard]] std::string as_utf8(std::string_view text);

/// `text` with a question mark for each control character: fit for a message.
[[nodiscard]] std::string one_line(std::string_view text);

/// UTF-8 of a text in UTF-16; what is no code point becomes U+FFFD.
[[nodiscard]] std::string from_utf16(std::string_view text, bool big_endian);

}  // namespace gradwire::analysis
