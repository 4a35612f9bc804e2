#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sim/core/error.hpp"

namespace gradwire::algorithms {

/// Appends bits to bytes, least significant bit first.
class BitWriter {
 public:
  explicit BitWriter(std::vector<std::uint8_t>& bytes) : bytes_(bytes) {}

  /// Appends the lowest `width` bits of `value`, 0 to 32; the other bits must be 0.
  void write(std::uint64_t value, int width) {
    assert(width >= 0 && width <= 32 && value >> width == 0);
    pending_ |= value << filled_;
    for (filled_ += width; filled_ >= 8; filled_ -= 8) {
      bytes_.push_back(static_cast<std::uint8_t>(pending_));
      pending_ >>= 8;
    }
  }
  [[nodiscard]] std::int64_t bits() const {
    return 8 * static_cast<std::int64_t>(bytes_.size()) + filled_;
  }
  /// Pads the last byte with zeros.
  void finish() { write(0, (8 - filled_) % 8); }

 private:
  std::vector<std::uint8_t>& bytes_;
  std::uint64_t pending_ = 0;  ///< incomplete byte: the lowest `filled_` bits
  int filled_ = 0;             ///< 0 to 7 between calls
};

/// Reads what BitWriter wrote; throws InputError at the end of the bytes.
class BitReader {
 public:
  /// `first_bit`: position of `bytes` in the message, for errors, which name bits of the message.
  BitReader(std::span<const std::uint8_t> bytes, std::size_t first_bit)
      : bytes_(bytes), first_bit_(first_bit) {}

  /// Returns the next `width` bits, 0 to 32.
  std::uint32_t read(int width) {
    assert(width >= 0 && width <= 32);
    if (static_cast<std::size_t>(width) > 8 * bytes_.size() - next_) {
      fail("the message ends where " + std::to_string(width) + " more bits were expected");
    }
    std::uint64_t window = 0;
    const std::size_t byte = next_ / 8;
    for (std::size_t i = 0; i < 5 && byte + i < bytes_.size(); ++i) {
      window |= static_cast<std::uint64_t>(bytes_[byte + i]) << (8 * i);
    }
    window >>= next_ % 8;
    next_ += static_cast<std::size_t>(width);
    return static_cast<std::uint32_t>(window & ((std::uint64_t{1} << width) - 1));
  }
  /// Returns the next `count` bytes. Precondition: whole bytes have been read.
  std::span<const std::uint8_t> bytes(std::size_t count) {
    assert(next_ % 8 == 0);
    if (count > bytes_.size() - next_ / 8) {
      fail("the message ends where " + std::to_string(count) + " more bytes were expected");
    }
    const auto result = bytes_.subspan(next_ / 8, count);
    next_ += 8 * count;
    return result;
  }
  /// Throws InputError unless fewer than 8 bits are left, all of them 0.
  void finish() {
    const std::size_t left = 8 * bytes_.size() - next_;
    if (left >= 8) fail("expected the end, found " + std::to_string(left) + " more bits");
    if (read(static_cast<int>(left)) != 0) fail("expected padding with zeros");
  }
  [[noreturn]] void fail(const std::string& message) const {
    throw InputError("message, bit " + std::to_string(first_bit_ + next_), message);
  }

 private:
  std::span<const std::uint8_t> bytes_;
  std::size_t first_bit_;
  std::size_t next_ = 0;  ///< bits read
};

}  // namespace gradwire::algorithms
