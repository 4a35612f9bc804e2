#include "sim/learn/data/files/byte_stream.hpp"

#include <algorithm>

#include "sim/core/error.hpp"

namespace gradwire::learn {

void ByteStream::fail(std::uint64_t offset, const std::string& message) const {
  throw InputError(name_, "byte " + std::to_string(offset) + ": " + message);
}

void ByteStream::fail_short(std::uint64_t start, std::uint64_t bytes,
                            const std::string& what) const {
  fail(offset_, "the file ends here, expected " + std::to_string(bytes) + " bytes of " + what +
                    " from byte " + std::to_string(start));
}

void ByteStream::read(std::span<std::uint8_t> out, const std::string& what) {
  const std::uint64_t start = offset_;
  if (fill(out) < out.size()) fail_short(start, out.size(), what);
}

bool ByteStream::read_unless_ended(std::span<std::uint8_t> out, const std::string& what) {
  const std::uint64_t start = offset_;
  const std::size_t filled = fill(out);
  if (filled > 0 && filled < out.size()) fail_short(start, out.size(), what);
  return filled > 0;
}

std::vector<std::uint8_t> ByteStream::read(std::uint64_t bytes, const std::string& what) {
  constexpr std::uint64_t step = std::uint64_t{1} << 24U;
  const std::uint64_t start = offset_;
  std::vector<std::uint8_t> data;
  // Address space only; pages are committed when written.
  data.reserve(std::min(bytes, at_most_remaining()));
  while (data.size() < bytes) {
    const std::size_t had = data.size();
    data.resize(std::min(bytes, had + step));
    if (fill(std::span(data).subspan(had)) < data.size() - had) fail_short(start, bytes, what);
  }
  return data;
}

std::size_t ByteStream::fill(std::span<std::uint8_t> out) {
  std::size_t filled = 0;
  while (filled < out.size()) {
    const std::size_t n = read_some(out.subspan(filled));
    if (n == 0) break;
    filled += n;
    offset_ += n;
  }
  return filled;
}

void ByteStream::expect_end() {
  std::uint8_t extra = 0;
  if (read_some({&extra, 1}) != 0) fail(offset_, "expected the end of the file, found more bytes");
}

}  // namespace gradwire::learn
