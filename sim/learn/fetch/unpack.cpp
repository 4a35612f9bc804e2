#include "sim/learn/fetch/unpack.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "sim/core/error.hpp"
#include "sim/learn/data/files/byte_stream.hpp"
#include "sim/learn/fetch/part.hpp"

namespace gradwire::learn {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t largest_text = std::int64_t{64} << 10U;

/// Temporary folder that is removed unless it is kept. Replaces what a killed process left of it.
class PartFolder {
 public:
  explicit PartFolder(fs::path path) : path_(std::move(path)) {
    fs::remove_all(path_);
    fs::create_directory(path_);
  }
  ~PartFolder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  PartFolder(const PartFolder&) = delete;
  PartFolder& operator=(const PartFolder&) = delete;

  [[nodiscard]] const fs::path& path() const { return path_; }
  void keep_as(const fs::path& name) {
    sync_to_disk(path_);
    fs::rename(path_, name);
    path_.clear();
    sync_to_disk(name.parent_path());
  }

 private:
  fs::path path_;
};

/// Reads the archive sequentially.
class Unpacker {
 public:
  Unpacker(const fs::path& path, const RemoteFile& file, const std::function<void()>& tick)
      : path_(path), file_(file), tick_(tick) {
    if (!archive_) throw std::bad_alloc();
    archive_read_support_filter_gzip(archive_.get());
    archive_read_support_format_tar(archive_.get());
    if (archive_read_open_filename(archive_.get(), path.c_str(), read_block_bytes) != ARCHIVE_OK)
      fail();
  }

  void run(const fs::path& folder) {
    archive_entry* entry = nullptr;
    while (next(entry)) {
      if (const auto name = wanted(entry)) write(entry, folder / *name);
    }
    for (const ArchiveMember& member : file_.members) {
      if (!written_.contains(member.name)) fail(fmt::format("lacks {}", member.name));
    }
  }

 private:
  bool next(archive_entry*& entry) {
    const int status = archive_read_next_header(archive_.get(), &entry);
    if (status == ARCHIVE_EOF) return false;
    if (status < ARCHIVE_WARN) fail();
    return true;
  }

  /// The entry's name if it is to be unpacked. Throws SystemError when its header does not match
  /// the catalogue.
  std::optional<std::string> wanted(archive_entry* entry) {
    const char* path = archive_entry_pathname(entry);
    const std::string prefix = file_.folder + "/";
    if (path == nullptr || !std::string_view(path).starts_with(prefix)) return std::nullopt;
    std::string name = path + prefix.size();
    const auto member = std::ranges::find(file_.members, name, &ArchiveMember::name);
    const bool is_member = member != file_.members.end();
    if (!is_member && std::ranges::find(file_.texts, name) == file_.texts.end()) {
      return std::nullopt;
    }
    if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry) != nullptr) {
      fail(name + " is not a regular file");
    }
    const std::int64_t bytes = archive_entry_size(entry);
    if (is_member && bytes != member->bytes) {
      fail(fmt::format("{} has {} bytes, expected {}", name, bytes, member->bytes));
    }
    if (!is_member && bytes > largest_text) fail(fmt::format("{} has {} bytes", name, bytes));
    if (!written_.insert(name).second) fail(name + " is in it twice");
    return name;
  }

  void write(archive_entry* entry, const fs::path& name) {
    PartFile out(name);
    std::vector<char> block(read_block_bytes);
    while (true) {
      const la_ssize_t count = archive_read_data(archive_.get(), block.data(), block.size());
      if (count < 0) fail();
      if (count == 0) break;
      out.append(std::span(block).first(static_cast<std::size_t>(count)));
      tick_();
    }
    if (out.bytes() != archive_entry_size(entry)) fail(name.filename().string() + " is cut short");
    out.keep_as(name);
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw SystemError(fmt::format("{}: {}", path_.string(), what));
  }
  [[noreturn]] void fail() const {
    const char* reason = archive_error_string(archive_.get());
    fail(fmt::format("cannot be unpacked: {}", reason != nullptr ? reason : "unknown reason"));
  }

  const fs::path& path_;
  const RemoteFile& file_;
  const std::function<void()>& tick_;
  std::unique_ptr<archive, decltype(&archive_read_free)> archive_{archive_read_new(),
                                                                  &archive_read_free};
  std::set<std::string> written_;
};

}  // namespace

void unpack(const fs::path& archive, const RemoteFile& file, const fs::path& parent,
            const std::function<void()>& tick) {
  try {
    PartFolder folder(parent / (file.folder + ".part"));
    Unpacker(archive, file, tick).run(folder.path());
    folder.keep_as(parent / file.folder);
  } catch (const fs::filesystem_error& error) {
    throw SystemError(
        fmt::format("{}: cannot write: {}", error.path1().string(), error.code().message()));
  }
}

}  // namespace gradwire::learn
