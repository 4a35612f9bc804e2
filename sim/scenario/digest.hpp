#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "sim/scenario/json/json_location.hpp"

namespace gradwire::scenario {

/// Digests of files, so that each file is read once.
class DigestCache {
 public:
  /// The digest under `key`; computed by `compute` if it is new.
  template <class Compute>
  const std::string& of(const std::string& key, const Compute& compute) {
    auto known = digests_.find(key);
    if (known == digests_.end()) known = digests_.emplace(key, compute()).first;
    return known->second;
  }

 private:
  std::map<std::string, std::string> digests_;
};

/// XXH3-128 in its canonical (big-endian) form, 32 hex digits.
[[nodiscard]] std::string digest_of(std::string_view bytes);

/// Digest of a file of any size. Throws InputError at `place` if it cannot be read.
[[nodiscard]] std::string digest_of_file(const std::filesystem::path& file,
                                         const JsonLocation& place);

/// Digest of a platform file and of the profiles that it names, if any. Throws InputError at
/// `place`.
[[nodiscard]] std::string digest_of_platform(const std::filesystem::path& file,
                                             const JsonLocation& place);

}  // namespace gradwire::scenario
