#include "sim/learn/fetch/presence.hpp"

#include <fmt/format.h>

#include <optional>
#include <vector>

#include "sim/core/error.hpp"
#include "sim/learn/fetch/digest.hpp"

namespace gradwire::learn {
namespace {

namespace fs = std::filesystem;

/// The file of this name that a reader would open: dash before dot, plain before gzip.
std::optional<fs::path> find_kept(const fs::path& folder, const std::string& name) {
  const std::string dashed = name.ends_with(".gz") ? name.substr(0, name.size() - 3) : name;
  std::vector<std::string> stems{dashed};
  if (const std::size_t at = dashed.find("-idx"); at != std::string::npos) {
    stems.push_back(std::string(dashed).replace(at, 1, "."));
  }
  for (const std::string& stem : stems) {
    for (const char* ending : {"", ".gz"}) {
      fs::path file = folder / (stem + ending);
      std::error_code ignored;
      if (fs::exists(file, ignored)) return file;
    }
  }
  return std::nullopt;
}

Presence check(const fs::path& file, std::int64_t bytes, const std::string& sha256) {
  try {
    const std::string found = sha256_of_content(file, bytes);
    if (found == sha256) return {.state = Presence::State::good};
    return {.state = Presence::State::defective,
            .defect = fmt::format("{}: is not the original: the SHA-256 of its content is {}, "
                                  "expected {}",
                                  file.string(), found, sha256)};
  } catch (const InputError& error) {
    return {.state = Presence::State::defective, .defect = error.what()};
  }
}

Presence presence_of_archive(const RemoteFile& archive, const fs::path& folder) {
  std::error_code ignored;
  if (!fs::exists(folder, ignored)) return {};
  if (fs::is_directory(folder, ignored) && fs::is_empty(folder, ignored)) return {};
  for (const ArchiveMember& member : archive.members) {
    const fs::path file = folder / member.name;
    if (!fs::exists(file, ignored)) {
      return {.state = Presence::State::defective,
              .defect = fmt::format("{}: lacks {}", folder.string(), member.name)};
    }
    if (const auto bytes = fs::file_size(file, ignored);
        !ignored && bytes != static_cast<std::uintmax_t>(member.bytes)) {
      return {.state = Presence::State::defective,
              .defect = fmt::format("{}: is not the original: has {} bytes, expected {}",
                                    file.string(), bytes, member.bytes)};
    }
    if (Presence found = check(file, member.bytes, member.sha256);
        found.state != Presence::State::good) {
      return found;
    }
  }
  return {.state = Presence::State::good};
}

}  // namespace

Presence presence_of(const RemoteFile& file, const fs::path& folder) {
  if (!file.folder.empty()) return presence_of_archive(file, folder / file.folder);
  const auto kept = find_kept(folder, file.name);
  return kept ? check(*kept, file.content_bytes, file.content_sha256) : Presence{};
}

}  // namespace gradwire::learn
