#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>

namespace gradwire::learn {

/// Incremental SHA-256 (FIPS 180-4).
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void update(std::span<const std::uint8_t> bytes);
  /// Returns 64 hex digits; no call may follow.
  [[nodiscard]] std::string finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Digest of a file's bytes as stored. `tick` is called after each block of at most 256 KiB and may
/// throw. Throws SystemError when the file cannot be read.
[[nodiscard]] std::string sha256_of_file(const std::filesystem::path& file,
                                         const std::function<void()>& tick);

/// Digest of a file's content, decompressed if it is gzip, which must be `bytes` long. Throws
/// InputError when it is shorter, longer, corrupt or cannot be read.
[[nodiscard]] std::string sha256_of_content(const std::filesystem::path& file, std::int64_t bytes);

}  // namespace gradwire::learn
