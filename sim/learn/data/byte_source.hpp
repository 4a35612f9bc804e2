#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace gradwire::learn {

/// Reads a file sequentially and inflates it when its content (not its name) is gzip; several gzip
/// members (pigz, bgzip, `cat a.gz b.gz`) form one stream. Every defect throws an InputError with
/// the file and the offset in the *uncompressed* stream.
class ByteSource {
 public:
  explicit ByteSource(const std::filesystem::path& file);
  ~ByteSource();

  /// Fills `out` with the next bytes; `what` names them in the error thrown when there are too few.
  void read(std::span<std::uint8_t> out, const std::string& what);
  /// The same, but returns false when the file has already ended.
  [[nodiscard]] bool read_unless_ended(std::span<std::uint8_t> out, const std::string& what);
  /// Returns the next `bytes` bytes; commits memory as they arrive, so that a wrong count commits
  /// none.
  [[nodiscard]] std::vector<std::uint8_t> read(std::uint64_t bytes, const std::string& what);
  /// Throws if any bytes follow; for gzip this also verifies the checksum of the last member.
  void expect_end();
  /// Uncompressed bytes read so far.
  [[nodiscard]] std::uint64_t offset() const { return offset_; }
  /// Bytes left to read; nullopt (unknown) for gzip.
  [[nodiscard]] std::optional<std::uint64_t> remaining() const;
  /// Throws InputError "FILE: byte OFFSET: MESSAGE".
  [[noreturn]] void fail(std::uint64_t offset, const std::string& message) const;

 private:
  struct Inflater;
  [[noreturn]] void fail_short(std::uint64_t start, std::uint64_t bytes,
                               const std::string& what) const;

  /// Fills `out` up to the end of the file; returns the number of bytes.
  std::size_t fill(std::span<std::uint8_t> out);
  /// Reads at most out.size() bytes; returns their number, 0 only at the end.
  std::size_t read_some(std::span<std::uint8_t> out);
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

  std::filesystem::path path_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
  std::uint64_t size_ = 0;  ///< of the file on disk, before inflation
  std::uint64_t offset_ = 0;
  std::unique_ptr<Inflater> inflater_;  ///< null unless the file is gzip
};

}  // namespace gradwire::learn
