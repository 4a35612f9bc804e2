#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>

namespace gradwire::learn {

/// SHA-256 (FIPS 180-4) of bytes as they come.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void update(std::span<const std::uint8_t> bytes);
  /// 64 hex digits; nothing may follow.
  [[nodiscard]] std::string finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Of a file as it lies there. `tick` is called every now and then and may throw. Throws
/// SystemError when the file cannot be read.
[[nodiscard]] std::string sha256_of_file(const std::filesystem::path& file,
                                         const std::function<void()>& tick);

/// Of what the file holds, which must be `bytes` long: behind gzip where it is compressed. Throws
/// InputError when it is shorter, longer, corrupt or cannot be read.
[[nodiscard]] std::string sha256_of_content(const std::filesystem::path& file, std::int64_t bytes);

}  // namespace gradwire::learn
