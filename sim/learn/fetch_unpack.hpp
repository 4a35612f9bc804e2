#pragma once

#include <filesystem>
#include <functional>

#include "sim/learn/fetch_catalogue.hpp"

namespace gradwire::learn {

/// Unpacks a .tar.gz into `parent`/`file.folder`, which must not be there or be empty. Only what
/// the catalogue names is written: FOLDER/MEMBER, regular files, each once and of its size; its
/// texts up to 64 KiB. Everything else in the archive is passed over. The folder appears whole or
/// not at all. `tick` is called every now and then and may throw. Throws SystemError, also when the
/// archive is not what the catalogue says.
void unpack(const std::filesystem::path& archive, const RemoteFile& file,
            const std::filesystem::path& parent, const std::function<void()>& tick);

}  // namespace gradwire::learn
