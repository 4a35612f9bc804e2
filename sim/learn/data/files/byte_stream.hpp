#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace gradwire::learn {

/// Bytes of a file that are read at a time.
inline constexpr std::size_t read_block_bytes = std::size_t{1} << 18U;

/// Bytes that are read sequentially. Every defect throws an InputError with the file and the offset
/// in the stream.
class ByteStream {
 public:
  virtual ~ByteStream() = default;
  ByteStream(const ByteStream&) = delete;
  ByteStream& operator=(const ByteStream&) = delete;

  /// Fills `out` with the next bytes; `what` names them in the error thrown when there are too few.
  void read(std::span<std::uint8_t> out, const std::string& what);
  /// The same, but returns false when the stream has already ended.
  [[nodiscard]] bool read_unless_ended(std::span<std::uint8_t> out, const std::string& what);
  /// Returns the next `bytes` bytes; commits memory as they arrive, so that a wrong count commits
  /// none.
  [[nodiscard]] std::vector<std::uint8_t> read(std::uint64_t bytes, const std::string& what);
  /// Fills `out` up to the end of the stream; returns the number of bytes.
  std::size_t fill(std::span<std::uint8_t> out);
  /// Throws if any bytes follow; where the bytes have a checksum, this also verifies it.
  void expect_end();

  /// Bytes read so far.
  [[nodiscard]] std::uint64_t offset() const { return offset_; }
  /// Upper bound of the bytes left to read; exact unless the stream is compressed without a stated
  /// size.
  [[nodiscard]] virtual std::uint64_t at_most_remaining() const = 0;
  /// Throws InputError "NAME: byte OFFSET: MESSAGE".
  [[noreturn]] void fail(std::uint64_t offset, const std::string& message) const;
  /// The file, and what distinguishes this stream within it.
  [[nodiscard]] const std::string& name() const { return name_; }

 protected:
  explicit ByteStream(std::string name) : name_(std::move(name)) {}

 private:
  /// Reads at most out.size() bytes, out not empty; returns their number, 0 only at the end.
  virtual std::size_t read_some(std::span<std::uint8_t> out) = 0;
  [[noreturn]] void fail_short(std::uint64_t start, std::uint64_t bytes,
                               const std::string& what) const;

  std::string name_;
  std::uint64_t offset_ = 0;
};

/// Bytes that `packed` bytes of DEFLATE data (RFC 1951) hold at most: a match of 258 bytes takes at
/// least two bits.
constexpr std::uint64_t most_inflated(std::uint64_t packed) {
  constexpr std::uint64_t ratio = 1032;
  return packed > std::numeric_limits<std::uint64_t>::max() / ratio
             ? std::numeric_limits<std::uint64_t>::max()
             : packed * ratio;
}

}  // namespace gradwire::learn
