#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

namespace gradwire::learn {

/// What has come of a download: FILE.part, which the next attempt, or the next call, goes on with.
/// Every byte is in the file as soon as append() returns, so nothing is lost when we are killed.
class PartFile {
 public:
  /// Opens what there is, or makes an empty one. Throws SystemError.
  explicit PartFile(std::filesystem::path path);
  /// An empty one goes away.
  ~PartFile();
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::int64_t bytes() const { return bytes_; }
  /// Both throw SystemError: a full disk, for example.
  void append(std::span<const char> data);
  void clear();
  /// Makes it durable, then gives it its name. Throws SystemError.
  void keep_as(const std::filesystem::path& name);

 private:
  [[noreturn]] void fail(const char* what) const;

  std::filesystem::path path_;
  int fd_ = -1;
  std::int64_t bytes_ = 0;
  bool kept_ = false;
};

/// Makes a file or a folder durable, and its name when `path` is the folder around it. Throws
/// SystemError.
void sync_to_disk(const std::filesystem::path& path);

}  // namespace gradwire::learn
