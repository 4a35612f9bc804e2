#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace gradwire::network {

/// One of SimGrid's own settings, such as "network/TCP-gamma".
struct SimGridSetting {
  std::string key;
  std::string value;
};

/// The contents of a SimGrid platform file, as far as they can be read without SimGrid.
struct PlatformFile {
  std::vector<SimGridSetting> config;  ///< the settings in <config>, in the file's order
  std::vector<std::string> profiles;   ///< paths of profiles as written in the file; sorted
  std::string watts_problem;    ///< error text for the first host with invalid watts; or empty
  bool varies_in_time = false;  ///< speeds, bandwidths, latencies or states follow profiles
  bool states_vary = false;     ///< states do: hosts or links fail
};

/// Reads the XML and the profiles that it names. Throws InputError, with file, line and element,
/// for malformed XML, for versions that SimGrid cannot read, and for profiles that are missing,
/// invalid, or that would make SimGrid end the process.
[[nodiscard]] PlatformFile read_platform_file(const std::filesystem::path& path);

}  // namespace gradwire::network
