#pragma once

#include <filesystem>
#include <string>

#include "sim/learn/fetch/catalogue.hpp"

namespace gradwire::learn {

/// Whether a file of a dataset already exists and is the original.
struct Presence {
  enum class State { absent, good, defective };
  State state = State::absent;
  std::string defect;  ///< "FILE: what is wrong with it"
};

/// Checks `folder` (DATA/NAME) under the file names that the readers accept: stored files with or
/// without .gz, with a dash or a dot before idx, by the digest of their content; archives by their
/// unpacked members. An empty folder in place of an unpacked archive counts as absent.
[[nodiscard]] Presence presence_of(const RemoteFile& file, const std::filesystem::path& folder);

}  // namespace gradwire::learn
