#pragma once

#include <filesystem>
#include <string>

#include "sim/learn/fetch_catalogue.hpp"

namespace gradwire::learn {

/// Whether a file of a dataset is already there, and is the original.
struct Presence {
  enum class State { absent, good, defective };
  State state = State::absent;
  std::string defect;  ///< "FILE: what is wrong with it"
};

/// Looks into `folder` (DATA/NAME) as the readers do: kept files with or without .gz, with a dash
/// or a dot before idx, by the digest of their content; archives by the members they unpack to. An
/// empty folder in place of an unpacked archive is none.
[[nodiscard]] Presence presence_of(const RemoteFile& file, const std::filesystem::path& folder);

}  // namespace gradwire::learn
