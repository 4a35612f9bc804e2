#include "sim/learn/data/byte_source.hpp"

#include <isa-l/igzip_lib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "sim/core/error.hpp"

namespace gradwire::learn {
namespace {

using FilePointer = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

FilePointer open(const std::filesystem::path& path) {
  std::error_code ignored;  // fopen reports the reason
  const auto status = std::filesystem::status(path, ignored);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
    throw InputError(path.string(), std::filesystem::is_directory(status)
                                        ? "is a folder, expected a file"
                                        : "is not a regular file");
  }
  FilePointer file(std::fopen(path.c_str(), "rb"), &std::fclose);
  if (!file) throw InputError(path.string(), std::string("cannot be read: ") + strerror(errno));
  return file;
}

bool starts_like_gzip(std::FILE* file) {
  std::array<unsigned char, 2> start{};
  const std::size_t n = std::fread(start.data(), 1, start.size(), file);
  std::rewind(file);
  return n == start.size() && start[0] == 0x1f && start[1] == 0x8b;
}

std::string meaning(int status) {
  switch (status) {
    case ISAL_INVALID_BLOCK:
      return "invalid block";
    case ISAL_INVALID_SYMBOL:
      return "invalid symbol";
    case ISAL_INVALID_LOOKBACK:
      return "distance too far back";
    case ISAL_INVALID_WRAPPER:
      return "invalid header";
    case ISAL_UNSUPPORTED_METHOD:
      return "unknown compression method";
    case ISAL_INCORRECT_CHECKSUM:
      return "incorrect checksum";
    default:
      return "unknown reason";
  }
}

}  // namespace

struct ByteSource::Inflater {
  Inflater() : input(std::size_t{1} << 17U) {
    isal_inflate_init(&state);
    state.crc_flag = ISAL_GZIP;  // accepts no other wrapper, and verifies the checksum
  }

  [[nodiscard]] bool member_ended() const { return state.block_state == ISAL_BLOCK_FINISH; }
  [[nodiscard]] bool next_looks_like_gzip() const {
    return state.avail_in >= 2 && state.next_in[0] == 0x1f && state.next_in[1] == 0x8b;
  }

  inflate_state state{};
  std::vector<std::uint8_t> input;
};

ByteSource::ByteSource(const std::filesystem::path& file) : path_(file), file_(open(file)) {
  size_ = std::filesystem::file_size(path_);
  if (starts_like_gzip(file_.get())) inflater_ = std::make_unique<Inflater>();
}

ByteSource::~ByteSource() = default;

void ByteSource::fail(std::uint64_t offset, const std::string& message) const {
  throw InputError(path_.string(), "byte " + std::to_string(offset) + ": " + message);
}

std::optional<std::uint64_t> ByteSource::remaining() const {
  if (inflater_) return std::nullopt;
  return size_ - std::min(size_, offset_);
}

void ByteSource::fail_short(std::uint64_t start, std::uint64_t bytes,
                            const std::string& what) const {
  fail(offset_, "the file ends here, expected " + std::to_string(bytes) + " bytes of " + what +
                    " from byte " + std::to_string(start));
}

void ByteSource::read(std::span<std::uint8_t> out, const std::string& what) {
  const std::uint64_t start = offset_;
  if (fill(out) < out.size()) fail_short(start, out.size(), what);
}

bool ByteSource::read_unless_ended(std::span<std::uint8_t> out, const std::string& what) {
  const std::uint64_t start = offset_;
  const std::size_t filled = fill(out);
  if (filled > 0 && filled < out.size()) fail_short(start, out.size(), what);
  return filled > 0;
}

std::vector<std::uint8_t> ByteSource::read(std::uint64_t bytes, const std::string& what) {
  constexpr std::uint64_t step = std::uint64_t{1} << 24U;
  const std::uint64_t start = offset_;
  std::vector<std::uint8_t> data;
  data.reserve(bytes);  // address space only; pages are committed when written
  while (data.size() < bytes) {
    const std::size_t had = data.size();
    data.resize(std::min(bytes, had + step));
    if (fill(std::span(data).subspan(had)) < data.size() - had) fail_short(start, bytes, what);
  }
  return data;
}

std::size_t ByteSource::fill(std::span<std::uint8_t> out) {
  std::size_t filled = 0;
  while (filled < out.size()) {
    const std::size_t n = read_some(out.subspan(filled));
    if (n == 0) break;
    filled += n;
    offset_ += n;
  }
  return filled;
}

void ByteSource::expect_end() {
  std::uint8_t extra = 0;
  if (read_some({&extra, 1}) != 0) fail(offset_, "expected the end of the file, found more bytes");
}

std::size_t ByteSource::read_some(std::span<std::uint8_t> out) {
  return inflater_ ? inflate_some(out) : read_file(out);
}

std::size_t ByteSource::read_file(std::span<std::uint8_t> out) {
  const std::size_t n = std::fread(out.data(), 1, out.size(), file_.get());
  if (std::ferror(file_.get()) != 0)
    fail(offset_, std::string("cannot be read: ") + strerror(errno));
  return n;
}

bool ByteSource::have_input(std::size_t bytes) {
  inflate_state& z = inflater_->state;
  std::vector<std::uint8_t>& input = inflater_->input;
  while (z.avail_in < bytes) {
    std::copy_n(z.next_in, z.avail_in, input.data());
    z.next_in = input.data();
    const std::size_t n = read_file(std::span(input).subspan(z.avail_in));
    if (n == 0) return false;
    z.avail_in += static_cast<std::uint32_t>(n);
  }
  return true;
}

bool ByteSource::begin_next_member(std::uint64_t here) {
  if (!have_input(1)) return false;
  static_cast<void>(have_input(2));
  if (!inflater_->next_looks_like_gzip()) {
    fail(here, "expected the end of the file behind the gzip data");
  }
  isal_inflate_reset(&inflater_->state);
  return true;
}

void ByteSource::inflate_input(std::uint64_t here) {
  if (!have_input(1)) fail(here, "truncated: the gzip data end before their checksum");
  inflate_state& z = inflater_->state;
  const std::uint32_t room = z.avail_out;
  const int status = isal_inflate(&z);
  if (status != ISAL_DECOMP_OK && status != ISAL_END_INPUT && status != ISAL_OUT_OVERFLOW) {
    fail(here + (room - z.avail_out), "corrupt gzip data: " + meaning(status));
  }
}

std::size_t ByteSource::inflate_some(std::span<std::uint8_t> out) {
  inflate_state& z = inflater_->state;
  z.next_out = out.data();
  z.avail_out = static_cast<std::uint32_t>(std::min<std::size_t>(out.size(), 1U << 30U));
  const std::uint32_t wanted = z.avail_out;
  while (z.avail_out > 0) {
    const std::uint64_t here = offset_ + (wanted - z.avail_out);
    if (inflater_->member_ended() && !begin_next_member(here)) break;
    inflate_input(here);
  }
  return wanted - z.avail_out;
}

}  // namespace gradwire::learn
