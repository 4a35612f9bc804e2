#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sim/learn/fetch/fetch.hpp"
#include "sim/learn/fetch/part.hpp"
#include "sim/learn/fetch/transfer.hpp"

namespace gradwire::learn {

/// Path of the bytes of a download until their digest has been verified.
[[nodiscard]] std::filesystem::path part_of(const RemoteFile& file,
                                            const std::filesystem::path& folder);

/// Downloads files over unreliable networks: retries an address while it makes progress, then tries
/// the next one; an address that failed moves to the end of the list.
class Downloader {
 public:
  /// `missing`: the files listed in the error when no address works, for a manual download. All
  /// arguments must outlive the object.
  Downloader(const RemoteDataset& dataset, const std::vector<RemoteFile>& missing,
             const FetchOptions& options, const FetchEvents& events);

  /// Fills `part` and verifies its digest. Throws SystemError when no address has the file, and
  /// FetchStopped.
  void download(const RemoteFile& file, PartFile& part);

 private:
  /// Returns true when all bytes have arrived with the right digest; else notes the reason.
  bool try_address(const std::string& url, const RemoteFile& file, PartFile& part);
  /// Returns true when all bytes have arrived, right or wrong.
  bool receive(const std::string& url, const RemoteFile& file, PartFile& part);
  [[nodiscard]] bool digest_is_right(const std::string& url, const RemoteFile& file,
                                     PartFile& part);
  void note(const std::string& url, const std::string& why, const char* then);
  void wait(double seconds, const PartFile& part) const;
  void check_stop(const PartFile& part) const;
  [[noreturn]] void fail_download(const RemoteFile& file,
                                  const std::filesystem::path& folder) const;

  const RemoteDataset& dataset_;
  const std::vector<RemoteFile>& missing_;
  const FetchOptions& options_;
  const FetchEvents& events_;
  std::vector<std::string> addresses_;  ///< those that failed last
  std::vector<std::string> failures_;   ///< "URL: reason", of the current file
  const RemoteFile* current_ = nullptr;
  Transfer transfer_;
};

}  // namespace gradwire::learn
