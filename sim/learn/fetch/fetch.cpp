#include "sim/learn/fetch/fetch.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "sim/core/error.hpp"
#include "sim/learn/data/files/data_paths.hpp"
#include "sim/learn/fetch/digest.hpp"
#include "sim/learn/fetch/download.hpp"
#include "sim/learn/fetch/presence.hpp"
#include "sim/learn/fetch/unpack.hpp"

namespace gradwire::learn {
namespace {

namespace fs = std::filesystem;

/// Allows one fetch at a time in a folder. Has no effect on a file system without locks; the
/// digests are verified there, too.
class FolderLock {
 public:
  explicit FolderLock(const fs::path& folder)
      : fd_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    if (fd_ < 0 || ::flock(fd_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return;
    ::close(fd_);
    throw SystemError(folder.string() + ": another gradwire data fetch is at work there");
  }
  ~FolderLock() {
    if (fd_ >= 0) ::close(fd_);
  }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int fd_;
};

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) {
    throw SystemError(
        fmt::format("{}: cannot make the folder: {}", folder.string(), error.message()));
  }
  if (::access(folder.c_str(), W_OK) != 0) {
    throw SystemError(fmt::format("{}: cannot write there: {}", folder.string(),
                                  std::error_code(errno, std::generic_category()).message()));
  }
}

/// The files that `folder` lacks. Throws InputError when a file exists but is defective.
std::vector<RemoteFile> missing_files(const RemoteDataset& dataset, const fs::path& folder) {
  std::vector<RemoteFile> missing;
  for (const RemoteFile& file : dataset.files) {
    const Presence presence = presence_of(file, folder);
    if (presence.state == Presence::State::defective) {
      throw InputError("", presence.defect +
                               "; nothing was changed: move it away, or choose "
                               "another folder with --data");
    }
    if (presence.state == Presence::State::absent) missing.push_back(file);
  }
  return missing;
}

bool is_whole(const RemoteDataset& dataset, const fs::path& folder) {
  return std::ranges::all_of(dataset.files, [&folder](const RemoteFile& file) {
    return presence_of(file, folder).state == Presence::State::good;
  });
}

/// The first place with an intact copy: only `data_dir` if given, else any of
/// dataset_search_path().
std::optional<fs::path> find_intact_copy(const RemoteDataset& dataset,
                                         const FetchOptions& options) {
  const auto places = options.data_dir ? std::vector{*options.data_dir} : dataset_search_path({});
  for (const fs::path& place : places) {
    if (is_whole(dataset, place / dataset.name)) return place / dataset.name;
  }
  return std::nullopt;
}

/// Disk space still needed for the missing files and the members of archives, in bytes.
std::int64_t bytes_needed(const std::vector<RemoteFile>& missing, const fs::path& folder) {
  std::int64_t bytes = 0;
  for (const RemoteFile& file : missing) {
    std::error_code error;
    const auto there = fs::file_size(part_of(file, folder), error);
    bytes += std::max<std::int64_t>(file.bytes - (error ? 0 : static_cast<std::int64_t>(there)), 0);
    for (const ArchiveMember& member : file.members) bytes += member.bytes;
  }
  return bytes;
}

void check_disk_space(const std::vector<RemoteFile>& missing, const fs::path& folder) {
  std::error_code error;
  const fs::space_info space = fs::space(folder, error);
  const std::int64_t needed = bytes_needed(missing, folder);
  if (error || space.available >= static_cast<std::uintmax_t>(needed)) return;
  throw SystemError(fmt::format("{}: too little room on the disk: {} bytes needed, {} free",
                                folder.string(), needed, space.available));
}

/// Whether the user placed the archive next to the folder that it unpacks to. Throws InputError
/// when its digest is wrong.
bool is_user_supplied(const RemoteFile& file, const fs::path& folder,
                      const std::function<void()>& tick) {
  const fs::path given = folder / file.name;
  std::error_code ignored;
  if (file.folder.empty() || !fs::exists(given, ignored)) return false;
  const std::string digest = sha256_of_file(given, tick);
  if (digest == file.sha256) return true;
  throw InputError(given.string(),
                   fmt::format("is not the original: its SHA-256 is {}, expected {}; nothing was "
                               "changed; move it away",
                               digest, file.sha256));
}

void get(const RemoteFile& file, const fs::path& folder, Downloader& downloader,
         const FetchEvents& events) {
  const auto tick = [&] {
    std::error_code ignored;
    const fs::path part = part_of(file, folder);
    if (events.stop()) throw FetchStopped{fs::exists(part, ignored) ? part : ""};
  };
  const auto unpack_here = [&](const fs::path& archive) {
    events.say(fmt::format("{}: unpacking", file.name));
    unpack(archive, file, folder, tick);
  };
  if (is_user_supplied(file, folder, tick)) return unpack_here(folder / file.name);
  PartFile part(part_of(file, folder));
  downloader.download(file, part);
  if (file.folder.empty()) return part.keep_as(folder / file.name);
  unpack_here(part.path());
  part.clear();  // the destructor removes an empty part
}

}  // namespace

fs::path fetch_folder(const std::optional<fs::path>& data_dir) {
  const std::vector<fs::path> places = dataset_search_path(data_dir);
  if (places.size() > 1) return places.front();  // the last one belongs to the distribution
  throw InputError("", "no place for data: say --data DIR, or set GRADWIRE_DATA or HOME");
}

FetchResult fetch_dataset(const RemoteDataset& dataset, const FetchOptions& options,
                          const FetchEvents& events) {
  if (const auto whole = find_intact_copy(dataset, options))
    return {.folder = *whole, .already = true};
  const fs::path folder = fetch_folder(options.data_dir) / dataset.name;
  make_folder(folder);
  const FolderLock lock(folder);
  const std::vector<RemoteFile> missing = missing_files(dataset, folder);
  check_disk_space(missing, folder);
  Downloader downloader(dataset, missing, options, events);
  for (const RemoteFile& file : missing) get(file, folder, downloader, events);
  return {.folder = folder, .already = false};
}

}  // namespace gradwire::learn
