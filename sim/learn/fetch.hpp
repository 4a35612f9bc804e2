#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "sim/learn/fetch_catalogue.hpp"

namespace gradwire::learn {

struct FetchOptions {
  std::optional<std::filesystem::path> data_dir;  ///< else $GRADWIRE_DATA, else ~/.cache/gradwire
  std::string from;               ///< a base address instead of the catalogue's; empty: none
  double timeout_seconds = 30.0;  ///< of silence, before an attempt is given up
  double pause_seconds = 1.0;     ///< before the second attempt; doubles from one to the next
};

/// Whom to tell what happens.
struct FetchEvents {
  std::function<void(const std::string& line)> say;
  /// At least once a second while something comes.
  std::function<void(const std::string& file, std::int64_t bytes, std::int64_t of)> progress;
  /// Asked at least once a second; true ends it all.
  std::function<bool()> stop;
};

/// Thrown when `stop` said so; the bytes that have come lie in `part`, if that is not empty.
struct FetchStopped {
  std::filesystem::path part;
};

struct FetchResult {
  std::filesystem::path folder;
  bool already = false;  ///< it was there, and nothing was done
};

/// Where datasets are put. Throws InputError when nothing says where.
[[nodiscard]] std::filesystem::path fetch_folder(
    const std::optional<std::filesystem::path>& data_dir);

/// Sees to it that all files of the dataset are in DATA/NAME, whole and with the right digests:
/// downloads what is missing, goes on with what an earlier call left in FILE.part, unpacks
/// archives; also an archive that somebody put there. A file appears under its name only when its
/// digest is right. Without `data_dir`, a good copy anywhere in data_places() will do.
///
/// Throws InputError when something else is there under these names (it is left alone), and
/// SystemError when no address has the data (saying what to put where), the disk is full, the
/// folder cannot be written, or another fetch is at work in it.
FetchResult fetch_dataset(const RemoteDataset& dataset, const FetchOptions& options,
                          const FetchEvents& events);

}  // namespace gradwire::learn
