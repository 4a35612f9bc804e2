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

/// Reads a file from front to back, inflating it when its content (not its name) is gzip, of one
/// member or of several (pigz, bgzip, `cat a.gz b.gz`), which are one stream then. Every
/// defect is an InputError that names the file and the offset in the *uncompressed* stream.
class ByteSource {
 public:
  explicit ByteSource(const std::filesystem::path& file);
  ~ByteSource();

  /// Fills `out` with the next bytes; `what` names them where there are too few.
  void read(std::span<std::uint8_t> out, const std::string& what);
  /// The same, unless the file has ended: then false.
  [[nodiscard]] bool read_unless_ended(std::span<std::uint8_t> out, const std::string& what);
  /// The next `bytes` bytes; asks for memory as they arrive, so a wrong count costs none.
  [[nodiscard]] std::vector<std::uint8_t> read(std::uint64_t bytes, const std::string& what);
  /// Nothing may follow; for gzip this also compares the checksum of the last member.
  void expect_end();
  /// Bytes read so far.
  [[nodiscard]] std::uint64_t offset() const { return offset_; }
  /// Bytes still to come; unknown (none) for gzip.
  [[nodiscard]] std::optional<std::uint64_t> remaining() const;
  /// Throws InputError "FILE: byte OFFSET: MESSAGE".
  [[noreturn]] void fail(std::uint64_t offset, const std::string& message) const;

 private:
  struct Inflater;
  [[noreturn]] void fail_short(std::uint64_t start, std::uint64_t bytes,
                               const std::string& what) const;

  /// Fills `out` as far as the file goes; the number of bytes.
  std::size_t fill(std::span<std::uint8_t> out);
  /// Next bytes, at most out.size(); 0 only at the end.
  std::size_t read_some(std::span<std::uint8_t> out);
  std::size_t read_file(std::span<std::uint8_t> out);
  std::size_t inflate_some(std::span<std::uint8_t> out);
  /// Reads on until `bytes` compressed bytes (at most a buffer) are there; false at the file's end.
  bool have_input(std::size_t bytes);
  /// After a member's end, at offset `here`: false at the end of the file, an error for anything
  /// but a further member.
  bool begin_next_member(std::uint64_t here);
  /// Inflates what is there, some more of it at least.
  void inflate_input(std::uint64_t here);

  std::filesystem::path path_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
  std::uint64_t size_ = 0;  ///< of the file as it lies on the disk
  std::uint64_t offset_ = 0;
  std::unique_ptr<Inflater> inflater_;  ///< only for gzip
};

}  // namespace gradwire::learn
