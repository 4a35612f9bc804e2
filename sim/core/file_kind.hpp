#pragma once

#include <filesystem>
#include <string>
#include <system_error>

namespace gradwire {

/// Why a path cannot be read as a file: "is a folder, must be a file". Empty for a regular file and
/// for a path that does not exist. To be called before opening: opening a pipe blocks until a
/// process writes to it.
[[nodiscard]] inline std::string not_a_file(const std::filesystem::path& path) {
  std::error_code missing;
  switch (std::filesystem::status(path, missing).type()) {
    case std::filesystem::file_type::directory:
      return "is a folder, must be a file";
    case std::filesystem::file_type::fifo:
      return "is a pipe, must be a file";
    case std::filesystem::file_type::socket:
      return "is a socket, must be a file";
    case std::filesystem::file_type::character:
    case std::filesystem::file_type::block:
      return "is a device, must be a file";
    default:
      return "";
  }
}

/// Whether the path is a regular file; false also if its status cannot be determined.
[[nodiscard]] inline bool is_file(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(path, ignored);
}

}  // namespace gradwire
