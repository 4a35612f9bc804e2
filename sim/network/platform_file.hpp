#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace gradwire::network {

/// A setting of SimGrid's own: "network/TCP-gamma".
struct SimGridSetting {
  std::string key;
  std::string value;
};

/// What a SimGrid platform file says, as far as it can be read without SimGrid.
struct PlatformFile {
  std::vector<SimGridSetting> config;  ///< what <config> sets, in the file's order
  std::vector<std::string> profiles;   ///< files that it names, as it names them; sorted
  std::string watts_problem;    ///< the first host over whose watts SimGrid would stop; empty: none
  bool varies_in_time = false;  ///< speeds, bandwidths, latencies or states follow profiles
};

/// Reads the XML and the profiles that it names. Throws InputError, with file, line and element,
/// for what is no XML, for versions that SimGrid cannot read, and for profiles that are missing,
/// wrong, or that SimGrid ends the process over.
[[nodiscard]] PlatformFile read_platform_file(const std::filesystem::path& path);

}  // namespace gradwire::network
