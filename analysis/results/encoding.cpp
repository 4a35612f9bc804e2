#include "analysis/results/encoding.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace gradwire::analysis {
namespace {

constexpr char32_t replacement = 0xfffd;
constexpr char32_t last_code_point = 0x10ffff;

/// Code points of the Windows-1252 bytes 0x80 to 0x9f; all other bytes are as in Latin-1.
constexpr std::array<char32_t, 32> windows_1252{
    0x20ac,      replacement, 0x201a, 0x0192, 0x201e, 0x2026,      0x2020, 0x2021,
    0x02c6,      0x2030,      0x0160, 0x2039, 0x0152, replacement, 0x017d, replacement,
    replacement, 0x2018,      0x2019, 0x201c, 0x201d, 0x2022,      0x2013, 0x2014,
    0x02dc,      0x2122,      0x0161, 0x203a, 0x0153, replacement, 0x017e, 0x0178};

bool is_surrogate(char32_t code) { return code >= 0xd800 && code < 0xe000; }

void append(std::string& text, char32_t code) {
  const auto tail = [&](int shift) {
    text += static_cast<char>(0x80U | (code >> static_cast<unsigned>(shift) & 0x3fU));
  };
  if (code < 0x80) {
    text += static_cast<char>(code);
  } else if (code < 0x800) {
    text += static_cast<char>(0xc0U | code >> 6U);
    tail(0);
  } else if (code < 0x10000) {
    text += static_cast<char>(0xe0U | code >> 12U);
    tail(6);
    tail(0);
  } else {
    text += static_cast<char>(0xf0U | code >> 18U);
    tail(12);
    tail(6);
    tail(0);
  }
}

/// Length in bytes of the UTF-8 sequence at the start of `text`; 0 if there is no valid one.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (byte(0) < 0x80) return 1;
  const std::size_t length = byte(0) >= 0xf0 ? 4 : byte(0) >= 0xe0 ? 3 : byte(0) >= 0xc2 ? 2 : 0;
  if (length == 0 || byte(0) > 0xf4 || text.size() < length) return 0;
  char32_t code = byte(0) & (0x7fU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0U) != 0x80U) return 0;
    code = code << 6U | (byte(i) & 0x3fU);
  }
  constexpr std::array<char32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
  const bool valid = code >= least.at(length) && code <= last_code_point && !is_surrogate(code);
  return valid ? length : 0;
}

}  // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    if (std::uint64_t eight = 0; text.size() >= sizeof eight) {  // fast path: most files are ASCII
      std::memcpy(&eight, text.data(), sizeof eight);
      if ((eight & 0x8080808080808080U) == 0) {
        text.remove_prefix(sizeof eight);
        continue;
      }
    }
    const std::size_t length = sequence_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string as_utf8(std::string_view text) {
  if (is_utf8(text)) return std::string(text);
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    append(result, byte >= 0x80 && byte < 0xa0 ? windows_1252.at(byte - 0x80U) : byte);
  }
  return result;
}

std::string one_line(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return result;
}

std::string from_utf16(std::string_view text, bool big_endian) {
  const std::size_t units = text.size() / 2;
  const auto unit = [&](std::size_t i) -> char32_t {
    const auto first = static_cast<unsigned char>(text[2 * i]);
    const auto second = static_cast<unsigned char>(text[2 * i + 1]);
    return big_endian ? first << 8U | second : second << 8U | first;
  };
  std::string result;
  for (std::size_t i = 0; i < units; ++i) {
    char32_t code = unit(i);
    const bool high = code >= 0xd800 && code < 0xdc00;
    if (high && i + 1 < units && unit(i + 1) >= 0xdc00 && unit(i + 1) < 0xe000) {
      code = 0x10000 + ((code - 0xd800) << 10U) + (unit(++i) - 0xdc00);
    }
    append(result, is_surrogate(code) ? replacement : code);
  }
  return result;
}

}  // namespace gradwire::analysis
