#include "sim/learn/data/files/byte_source.hpp"

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

ByteSource::ByteSource(const std::filesystem::path& file)
    : ByteStream(file.string()), file_(open(file)), size_(std::filesystem::file_size(file)) {
  if (starts_like_gzip(file_.get())) inflater_ = std::make_unique<Inflater>();
}

ByteSource::~ByteSource() = default;

std::optional<std::uint64_t> ByteSource::remaining() const {
  if (inflater_) return std::nullopt;
  return size_ - std::min(size_, offset());
}

std::uint64_t ByteSource::at_most_remaining() const {
  return remaining().value_or(most_inflated(size_));
}

std::size_t ByteSource::read_some(std::span<std::uint8_t> out) {
  return inflater_ ? inflate_some(out) : read_file(out);
}

std::size_t ByteSource::read_file(std::span<std::uint8_t> out) {
  const std::size_t n = std::fread(out.data(), 1, out.size(), file_.get());
  if (std::ferror(file_.get()) != 0)
    fail(offset(), std::string("cannot be read: ") + strerror(errno));
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
    const std::uint64_t here = offset() + (wanted - z.avail_out);
    if (inflater_->member_ended() && !begin_next_member(here)) break;
    inflate_input(here);
  }
  return wanted - z.avail_out;
}

}  // namespace gradwire::learn
