#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sim/learn/fetch.hpp"
#include "sim/learn/fetch_part.hpp"
#include "sim/learn/fetch_transfer.hpp"

namespace gradwire::learn {

/// Where the bytes of a download are until they are known to be right.
[[nodiscard]] std::filesystem::path part_of(const RemoteFile& file,
                                            const std::filesystem::path& folder);

/// Gets files whatever the network does: tries again while an address gives something, then the
/// next address; an address that failed comes last from then on.
class Downloader {
 public:
  /// `missing`: what to tell the user to get when no address works.
  Downloader(const RemoteDataset& dataset, const std::vector<RemoteFile>& missing,
             const FetchOptions& options, const FetchEvents& events);

  /// Fills `part` and compares its digest. Throws SystemError when no address has the file, and
  /// FetchStopped.
  void download(const RemoteFile& file, PartFile& part);

 private:
  /// All is there, with the right digest; else why not.
  bool try_address(const std::string& url, const RemoteFile& file, PartFile& part);
  /// All bytes are there, right or wrong.
  bool receive(const std::string& url, const RemoteFile& file, PartFile& part);
  [[nodiscard]] bool digest_is_right(const std::string& url, const RemoteFile& file,
                                     PartFile& part);
  void note(const std::string& url, const std::string& why, const char* then);
  void wait(double seconds, const PartFile& part) const;
  void stop_if_asked(const PartFile& part) const;
  [[noreturn]] void give_up(const RemoteFile& file, const std::filesystem::path& folder) const;

  const RemoteDataset& dataset_;
  const std::vector<RemoteFile>& missing_;
  const FetchOptions& options_;
  const FetchEvents& events_;
  std::vector<std::string> addresses_;  ///< the one that works first
  std::vector<std::string> failures_;   ///< "URL: reason", of the current file
  const RemoteFile* current_ = nullptr;
  Transfer transfer_;
};

}  // namespace gradwire::learn
