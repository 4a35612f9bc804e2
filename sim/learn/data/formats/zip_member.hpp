#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "sim/learn/data/files/byte_stream.hpp"

struct archive;

namespace gradwire::learn {

/// Names of the members of a zip file, in the order of its directory.
[[nodiscard]] std::vector<std::string> zip_members(const std::filesystem::path& file);

/// A member of a zip file, stored or deflated, also in the format's 64-bit form. Its checksum is
/// verified at its end. Throws InputError when there is no such member.
class ZipMember : public ByteStream {
 public:
  ZipMember(const std::filesystem::path& file, const std::string& member);
  ~ZipMember() override;

  /// Bytes left of the size that the directory states.
  [[nodiscard]] std::uint64_t at_most_remaining() const override;

 private:
  std::size_t read_some(std::span<std::uint8_t> out) override;

  std::unique_ptr<archive, int (*)(archive*)> archive_;
  std::uint64_t size_ = 0;  ///< as the directory states
};

}  // namespace gradwire::learn
