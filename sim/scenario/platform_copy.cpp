#include "sim/scenario/platform_copy.hpp"

#include <algorithm>
#include <system_error>
#include <vector>

#include "sim/core/error.hpp"
#include "sim/network/platforms/platform_file.hpp"
#include "sim/scenario/digest.hpp"

namespace gradwire::scenario {
namespace {

namespace fs = std::filesystem;

constexpr const char* folder_name = "platform";

/// The deepest folder that contains all files.
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

/// Hard-links the files of an earlier copy; copies them if that is not possible.
void link_files(const fs::path& from, const fs::path& to) {
  for (const auto& entry : fs::recursive_directory_iterator(from)) {
    if (!entry.is_regular_file()) continue;
    const fs::path file = to / entry.path().lexically_relative(from);
    fs::create_directories(file.parent_path());
    std::error_code refused;
    fs::create_hard_link(entry.path(), file, refused);
    if (refused) fs::copy_file(entry.path(), file);
  }
}

bool has_digest(const fs::path& file, const std::string& digest, DigestCache& cache) {
  const SourceMap source_map{.file = file.string(), .moved = {}};
  const JsonLocation place(source_map);
  try {
    return cache.of(file.string(), [&] {
      std::error_code missing;
      if (!fs::is_regular_file(file, missing)) place.fail("is no file");
      return digest_of_platform(file, place);
    }) == digest;
  } catch (const InputError&) {
    return false;  // the file or a profile is missing
  }
}

}  // namespace

void copy_platform(const fs::path& file, const fs::path& run, const fs::path& other) {
  if (!other.empty() && fs::is_directory(other / folder_name)) {
    return link_files(other / folder_name, run / folder_name);
  }
  std::vector<fs::path> files{file};
  for (const std::string& profile : network::read_platform_file(file).profiles) {
    files.push_back((file.parent_path() / profile).lexically_normal());
  }
  const fs::path common = common_folder(files);
  for (const fs::path& one : files) {
    const fs::path copy = run / folder_name / one.lexically_relative(common);
    fs::create_directories(copy.parent_path());
    fs::copy_file(one, copy, fs::copy_options::overwrite_existing);
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

}  // namespace gradwire::scenario
