#include "sim/core/printable.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace gradwire {
namespace {

struct Character {
  std::uint32_t code = 0;
  std::size_t bytes = 0;  ///< 0: no valid UTF-8 starts here
};

/// The number of bytes of a character, by its first byte; 0 if that is invalid as a first byte.
std::size_t bytes_announced(std::uint8_t first) {
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first < 0xe0) return 2;
  if (first >= 0xe0 && first < 0xf0) return 3;
  return first >= 0xf0 && first < 0xf5 ? 4 : 0;
}

Character character_at(std::string_view text, std::size_t at) {
  constexpr std::array<std::uint32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};  // overlong if below
  const auto first = static_cast<std::uint8_t>(text[at]);
  const std::size_t bytes = bytes_announced(first);
  if (bytes == 0 || text.size() - at < bytes) return {};
  std::uint32_t code = bytes == 1 ? first : first & (0x7fU >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    const auto next = static_cast<std::uint8_t>(text[at + i]);
    if ((next & 0xc0U) != 0x80) return {};
    code = code << 6U | (next & 0x3fU);
  }
  const bool surrogate = code >= 0xd800 && code < 0xe000;
  if (code < least[bytes] || code > 0x10ffff || surrogate) return {};
  return {code, bytes};
}

/// False for controls (C0, DEL, C1), line and paragraph separators, marks that change the writing
/// direction, and the byte order mark.
bool may_stay(std::uint32_t code) {
  const auto within = [code](std::uint32_t first, std::uint32_t last) {
    return code >= first && code <= last;
  };
  return !(code < 0x20 || within(0x7f, 0x9f) || within(0x200e, 0x200f) || within(0x2028, 0x202e) ||
           within(0x2066, 0x2069) || code == 0x61c || code == 0xfeff);
}

}  // namespace

std::string printable(std::string_view text, std::size_t longest, Lines lines) {
  constexpr std::string_view cut = "...";
  const bool fits = text.size() <= longest;  // replacing by '?' never lengthens a text
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const Character next = character_at(text, at);
    const std::size_t bytes = std::max<std::size_t>(next.bytes, 1);
    if (!fits && result.size() + bytes + cut.size() > longest) return result.append(cut);
    const bool line_feed = text[at] == '\n' && lines == Lines::many;
    if (line_feed || (next.bytes > 0 && may_stay(next.code))) {
      result.append(text.substr(at, bytes));
    } else {
      result += '?';
    }
    at += bytes;
  }
  return result;
}

}  // namespace gradwire
