#pragma once

#include <filesystem>
#include <functional>

#include "sim/learn/fetch/catalogue.hpp"

namespace gradwire::learn {

/// Unpacks a .tar.gz into `parent`/`file.folder`, which must not exist or be empty. Only entries
/// that the catalogue names are written: FOLDER/MEMBER, regular files, each once and of its exact
/// size; its texts up to 64 KiB. All other entries are skipped. The folder appears complete or not
/// at all. `tick` is called after each block of at most 256 KiB and may throw. Throws SystemError,
/// also when the archive does not match the catalogue.
void unpack(const std::filesystem::path& archive, const RemoteFile& file,
            const std::filesystem::path& parent, const std::function<void()>& tick);

}  // namespace gradwire::learn
