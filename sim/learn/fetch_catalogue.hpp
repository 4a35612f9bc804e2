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

/// A gzip file as it is offered for download: kept as it is, or an archive to unpack.
struct RemoteFile {
  std::string name;  ///< behind the base address
  std::int64_t bytes = 0;
  std::string sha256;
  std::int64_t content_bytes = 0;      ///< of what gzip holds; only where the file is kept
  std::string content_sha256;          ///< likewise: others compress the same content differently
  std::string folder;                  ///< what an archive unpacks to; empty: keep the file
  std::vector<ArchiveMember> members;  ///< of the archive: what must be in it
  std::vector<std::string> texts;      ///< small files that are kept, too, where it has them
};

/// A dataset that can be downloaded into DATA/NAME.
struct RemoteDataset {
  std::string name;
  std::vector<std::string> addresses;  ///< base addresses with a slash at the end, best first
  std::vector<RemoteFile> files;
};

/// All that `gradwire data fetch` knows. SHA-256 only: digests decide what is kept, so an address
/// need not be trusted.
[[nodiscard]] const std::vector<RemoteDataset>& remote_datasets();

}  // namespace gradwire::learn
