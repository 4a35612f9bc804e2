#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gradwire::learn {

/// A file inside an archive.
struct ArchiveMember {
  std::string name;
  std::int64_t bytes = 0;
  std::string sha256;  ///< 64 hex digits
};

/// A gzip file offered for download: either stored unchanged, or an archive to unpack.
struct RemoteFile {
  std::string name;  ///< appended to the base address
  std::int64_t bytes = 0;
  std::string sha256;
  std::int64_t content_bytes = 0;  ///< uncompressed; only for a file that is stored
  std::string content_sha256;      ///< of the content; equal content may be compressed differently
  std::string folder;              ///< target of unpacking an archive; empty: store the file
  std::vector<ArchiveMember> members;  ///< required members of the archive
  std::vector<std::string> texts;      ///< optional members that are also unpacked, small texts
};

/// A dataset that can be downloaded into DATA/NAME.
struct RemoteDataset {
  std::string name;
  std::vector<std::string> addresses;  ///< base addresses that end in a slash, best first
  std::vector<RemoteFile> files;
};

/// All datasets that `gradwire data fetch` supports. Digests are SHA-256 only, because they decide
/// what is accepted, so that an address need not be trusted.
[[nodiscard]] const std::vector<RemoteDataset>& remote_datasets();

}  // namespace gradwire::learn
