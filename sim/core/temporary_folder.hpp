#pragma once

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <system_error>

namespace gradwire {

/// A folder of this process; removed by the destructor.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(const std::string& purpose)
      : TemporaryFolder(std::filesystem::temp_directory_path(),
                        fmt::format("gradwire-{}-", purpose)) {}
  /// Creates `parent`/`prefix` followed by the process id.
  TemporaryFolder(const std::filesystem::path& parent, const std::string& prefix)
      : path_(parent / fmt::format("{}{}", prefix, ::getpid())) {
    std::filesystem::remove_all(path_);  // left by a killed process with the same id
    std::filesystem::create_directories(path_);
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace gradwire
