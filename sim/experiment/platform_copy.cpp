#include "sim/experiment/platform_copy.hpp"

#include <algorithm>
#include <system_error>
#include <vector>

#include "sim/core/error.hpp"
#include "sim/experiment/digest.hpp"
#include "sim/network/platform_file.hpp"

namespace gradwire::experiment {
namespace {

namespace fs = std::filesystem;

constexpr const char* folder_name = "platform";

/// The deepest folder that holds them all.
fs::path common_folder(const std::vector<fs::path>& files) {
  fs::path common = files.front().parent_path();
  for (const fs::path& file : files) {
    const fs::path folder = file.parent_path();
    const auto [end, ignored] = std::ranges::mismatch(common, folder);
    fs::path shared;
    for (auto part = common.begin(); part != end; ++part) shared /= *part;
    common = shared;
  }
  return common;
}

void copy(const fs::path& from, const fs::path& to, const fs::path& same) {
  fs::create_directories(to.parent_path());
  std::error_code refused;
  fs::create_hard_link(same, to, refused);
  if (refused) fs::copy_file(from, to, fs::copy_options::overwrite_existing);
}

bool has_digest(const fs::path& file, const std::string& digest, DigestCache& cache) {
  const auto known = cache.find(file.string());
  if (known != cache.end()) return known->second == digest;
  std::error_code missing;
  if (!fs::is_regular_file(file, missing)) return false;
  const Origins origins{.file = file.string(), .moved = {}};
  try {
    return (cache[file.string()] = digest_of_platform(file, Place(origins))) == digest;
  } catch (const InputError&) {
    return false;  // a profile is missing
  }
}

}  // namespace

void copy_platform(const fs::path& file, const fs::path& run, const fs::path& other) {
  std::vector<fs::path> files{file};
  for (const std::string& profile : network::read_platform_file(file).profiles) {
    files.push_back((file.parent_path() / profile).lexically_normal());
  }
  const fs::path common = common_folder(files);
  for (const fs::path& one : files) {
    const fs::path inside = fs::path(folder_name) / one.lexically_relative(common);
    copy(one, run / inside, other / inside);
  }
}

fs::path with_digest(const fs::path& path, const fs::path& run, const std::string& digest,
                     DigestCache& cache) {
  if (has_digest(path, digest, cache)) return path;
  std::error_code missing;
  for (const auto& entry : fs::recursive_directory_iterator(run / folder_name, missing)) {
    if (entry.path().filename() == path.filename() && has_digest(entry.path(), digest, cache)) {
      return entry.path();
    }
  }
  return path;
}

}  // namespace gradwire::experiment
