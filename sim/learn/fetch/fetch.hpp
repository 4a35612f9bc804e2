#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "sim/learn/fetch/catalogue.hpp"

namespace gradwire::learn {

struct FetchOptions {
  std::optional<std::filesystem::path> data_dir;  ///< else $GRADWIRE_DATA, else ~/.cache/gradwire
  std::string from;               ///< a base address instead of the catalogue's; empty: none
  double timeout_seconds = 30.0;  ///< without data, after which an attempt is aborted
  double pause_seconds = 1.0;     ///< before the second attempt; doubles for each further one
};

/// Callbacks of a fetch.
struct FetchEvents {
  std::function<void(const std::string& line)> say;
  /// Called at least once a second during a transfer.
  std::function<void(const std::string& file, std::int64_t bytes, std::int64_t of)> progress;
  /// Polled at least once a second; true stops the fetch.
  std::function<bool()> stop;
};

/// Thrown when `stop` returned true; the bytes received are in `part` unless that is empty.
struct FetchStopped {
  std::filesystem::path part;
};

struct FetchResult {
  std::filesystem::path folder;
  bool already = false;  ///< the dataset was present and nothing was done
};

/// The folder for downloaded datasets. Throws InputError when neither `data_dir` nor the
/// environment ($GRADWIRE_DATA, $HOME) gives one.
[[nodiscard]] std::filesystem::path fetch_folder(
    const std::optional<std::filesystem::path>& data_dir);

/// Ensures that all files of the dataset are in DATA/NAME, complete and with the right digests:
/// downloads missing files, resumes what an earlier call left in FILE.part, and unpacks archives,
/// including one that the user placed there. A file gets its name only after its digest has been
/// verified. Without `data_dir`, an intact copy in any of dataset_search_path() is accepted.
///
/// Throws InputError when other content exists under these names (it is left unchanged), and
/// SystemError when no address has the data (with instructions for a manual download), the disk is
/// full, the folder is not writable, or another fetch is running in it.
FetchResult fetch_dataset(const RemoteDataset& dataset, const FetchOptions& options,
                          const FetchEvents& events);

}  // namespace gradwire::learn
