#include "sim/learn/external/program.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <string_view>

#include "sim/core/error.hpp"

namespace gradwire::learn::external {
namespace {

namespace fs = std::filesystem;

bool is_executable(const fs::path& file) {
  std::error_code ignored;
  return fs::is_regular_file(file, ignored) && ::access(file.c_str(), X_OK) == 0;
}

}  // namespace

fs::path find_program(const ExternalConfig& config) {
  std::error_code ignored;
  if (!fs::is_directory(config.folder, ignored)) {
    throw InputError("", fmt::format("there is no folder {} to run the command in", config.folder));
  }
  const std::string& name = config.command.at(0);
  if (name.find('/') != std::string::npos) {
    fs::path file = fs::path(config.folder) / name;
    if (is_executable(file)) return file;
    const bool exists = fs::exists(file, ignored);
    throw InputError(
        "", fmt::format("{} {}", file.string(), exists ? "is not executable" : "does not exist"));
  }
  const char* variable = std::getenv("PATH");
  std::string_view folders = variable != nullptr ? variable : "";
  while (!folders.empty()) {
    const std::size_t end = folders.find(':');
    const fs::path file = fs::path(folders.substr(0, end)) / name;
    if (file.is_absolute() && is_executable(file)) return file;
    folders.remove_prefix(end == std::string_view::npos ? folders.size() : end + 1);
  }
  throw InputError("", fmt::format("there is no program {} in $PATH", name));
}

}  // namespace gradwire::learn::external
