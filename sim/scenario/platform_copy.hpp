#pragma once

#include <filesystem>
#include <string>

#include "sim/scenario/digest.hpp"

namespace gradwire::scenario {

/// Copies a platform file and the profiles that it names into `run`/platform, keeping their
/// relative paths, so that the run can be repeated without the originals. If `other` (which may be
/// empty) is a run with a copy of the same platform, links its files instead and reads nothing.
void copy_platform(const std::filesystem::path& file, const std::filesystem::path& run,
                   const std::filesystem::path& other);

/// `path`, or, if that is not (or no longer) the platform file with this digest, its copy in the
/// run's folder `run`; `path` if there is none.
[[nodiscard]] std::filesystem::path with_digest(const std::filesystem::path& path,
                                                const std::filesystem::path& run,
                                                const std::string& digest, DigestCache& cache);

}  // namespace gradwire::scenario
