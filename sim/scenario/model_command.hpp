#pragma once

#include <filesystem>
#include <string>

#include "sim/scenario/json/json_location.hpp"
#include "sim/scenario/platform_copy.hpp"
#include "sim/scenario/scenario.hpp"

namespace gradwire::scenario {

/// XXH3-128 of the contents of the files that an external model's command names, in their order,
/// 32 hex digits; empty if it names none. The program itself counts if it is given by a path.
/// Throws InputError at `place` if one cannot be read.
[[nodiscard]] std::string digest_of_command(const learn::ExternalConfig& config,
                                            const JsonLocation& place, DigestCache& cache);

/// Of a scenario whose model is external: makes the command's folder absolute (relative to
/// `folder`), and sets the digest if it is empty. Throws InputError at `place`.
void resolve_command(Scenario& scenario, const std::filesystem::path& folder,
                     const JsonLocation& place, DigestCache& cache);

}  // namespace gradwire::scenario
