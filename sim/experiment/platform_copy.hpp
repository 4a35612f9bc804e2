#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace gradwire::experiment {

/// Digests of platform files by absolute path, so that each is read once.
using DigestCache = std::map<std::string, std::string>;

/// Copies a platform file and the profiles that it names into `run`/platform, as they lie relative
/// to each other, so that the run can be repeated where the originals are not. Where `other`,
/// which may be empty, is a run that has such a copy of the same platform, its files are linked and
/// nothing is read.
void copy_platform(const std::filesystem::path& file, const std::filesystem::path& run,
                   const std::filesystem::path& other);

/// `path`, or where that is not (any more) the platform file with this digest, its copy in the
/// run's folder `run`; `path` if that has none.
[[nodiscard]] std::filesystem::path with_digest(const std::filesystem::path& path,
                                                const std::filesystem::path& run,
                                                const std::string& digest, DigestCache& cache);

}  // namespace gradwire::experiment
