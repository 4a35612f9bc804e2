#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "sim/experiment/json.hpp"

namespace gradwire::experiment {

/// The text of a file of at most 16 MiB. Throws InputError.
[[nodiscard]] std::string read_text_file(const std::filesystem::path& file);

/// JSON as in RFC 8259 (a byte order mark is allowed). Stricter than the standard so that nothing
/// can be meant and lost: no key twice in an object, no number beyond a double; and so that no file
/// can exhaust us: 64 levels, 256 keys an object. Throws InputError at `where` with line and
/// column, or with a pointer.
[[nodiscard]] Json parse_json(std::string_view text, const std::string& where);

/// Both.
[[nodiscard]] Json read_json_file(const std::filesystem::path& file);

}  // namespace gradwire::experiment
