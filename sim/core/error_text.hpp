#pragma once

#include <exception>
#include <filesystem>
#include <new>
#include <string>

namespace gradwire {

/// The text of an exception for the user: what() where it is readable, else a replacement.
[[nodiscard]] inline std::string error_text(const std::exception& error) {
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) return "not enough memory";
  if (const auto* of_files = dynamic_cast<const std::filesystem::filesystem_error*>(&error)) {
    return of_files->path1().string() + ": " + of_files->code().message();
  }
  return error.what();
}

}  // namespace gradwire
