#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "sim/scenario/json/json.hpp"

namespace gradwire::scenario {

/// Reads a text file of at most 16 MiB. Throws InputError.
[[nodiscard]] std::string read_text_file(const std::filesystem::path& file);

/// Parses JSON as in RFC 8259 (a byte order mark is allowed). Stricter than the standard, so that
/// no input is silently ignored: no duplicate keys in an object, no number beyond a double; and so
/// that no file exhausts memory: at most 64 levels and 256 keys per object. Throws InputError at
/// `where` with line and column, or with a pointer.
[[nodiscard]] Json parse_json(std::string_view text, const std::string& where);

/// read_text_file() and parse_json().
[[nodiscard]] Json read_json_file(const std::filesystem::path& file);

}  // namespace gradwire::scenario
