#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

namespace gradwire::learn {

/// Partial download FILE.part, which the next attempt or the next call resumes. Every byte is in
/// the file when append() returns, so that nothing is lost when the process is killed.
class PartFile {
 public:
  /// Opens an existing file or creates an empty one. Throws SystemError.
  explicit PartFile(std::filesystem::path path);
  /// Removes the file if it is empty.
  ~PartFile();
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::int64_t bytes() const { return bytes_; }
  /// append() and clear() throw SystemError, for example when the disk is full.
  void append(std::span<const char> data);
  void clear();
  /// Syncs the file to disk, then renames it to `name`. Throws SystemError.
  void keep_as(const std::filesystem::path& name);

 private:
  [[noreturn]] void fail(const char* what) const;

  std::filesystem::path path_;
  int fd_ = -1;
  std::int64_t bytes_ = 0;
  bool kept_ = false;
};

/// Makes a file or a folder durable; syncing the enclosing folder makes the file's name durable.
/// Throws SystemError.
void sync_to_disk(const std::filesystem::path& path);

}  // namespace gradwire::learn
