#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>

#include "sim/learn/data/files/byte_stream.hpp"

namespace gradwire::learn {

/// Reads a file and inflates it when its content (not its name) is gzip; several gzip members
/// (pigz, bgzip, `cat a.gz b.gz`) form one stream. Offsets are those of the *uncompressed* stream.
class ByteSource : public ByteStream {
 public:
  explicit ByteSource(const std::filesystem::path& file);
  ~ByteSource() override;

  /// Bytes left to read; nullopt (unknown) for gzip.
  [[nodiscard]] std::optional<std::uint64_t> remaining() const;
  [[nodiscard]] std::uint64_t at_most_remaining() const override;

 private:
  struct Inflater;

  std::size_t read_some(std::span<std::uint8_t> out) override;
  std::size_t read_file(std::span<std::uint8_t> out);
  std::size_t inflate_some(std::span<std::uint8_t> out);
  /// Reads until `bytes` compressed bytes (at most a buffer) are available; false at the file's
  /// end.
  bool have_input(std::size_t bytes);
  /// Call after a member's end, at uncompressed offset `here`: returns false at the end of the
  /// file, throws for anything but a further member.
  bool begin_next_member(std::uint64_t here);
  /// Inflates the buffered input, refilling the buffer if it is empty. Throws at the file's end.
  void inflate_input(std::uint64_t here);

  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
  std::uint64_t size_ = 0;              ///< of the file on disk, before inflation
  std::unique_ptr<Inflater> inflater_;  ///< null unless the file is gzip
};

}  // namespace gradwire::learn
