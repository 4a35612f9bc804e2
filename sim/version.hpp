#pragma once

#include <filesystem>
#include <string_view>

namespace gradwire {

inline constexpr std::string_view version = GRADWIRE_VERSION;

/// Where the platform files are: beside an installed program (../share/gradwire/platforms), or in
/// the source tree.
inline std::filesystem::path platforms_folder() {
  const auto program = std::filesystem::read_symlink("/proc/self/exe");
  const auto installed = program.parent_path().parent_path() / "share/gradwire/platforms";
  return std::filesystem::is_directory(installed) ? installed : GRADWIRE_SOURCE_PLATFORMS;
}

}  // namespace gradwire
