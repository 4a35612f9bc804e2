#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "sim/experiment/place.hpp"

namespace gradwire::experiment {

/// XXH3-128 in its canonical (big-endian) form, 32 hex digits.
[[nodiscard]] std::string digest_of(std::string_view bytes);

/// Of a file of any size. Throws InputError at `place` if it cannot be read.
[[nodiscard]] std::string digest_of_file(const std::filesystem::path& file, const Place& place);

/// Of a platform file and of the profiles that it names, if any. Throws InputError at `place`.
[[nodiscard]] std::string digest_of_platform(const std::filesystem::path& file, const Place& place);

}  // namespace gradwire::experiment
