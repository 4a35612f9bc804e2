// Target: data files in IDX and CIFAR format, plain and gzip. Of the first byte, two bits select
// the format and one makes gzip data of the rest; otherwise the rest is taken as it is, gzip or
// not.

#include <zlib.h>

#include <string>

#include "sim/learn/data/files/cifar.hpp"
#include "sim/learn/data/formats/idx.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace gradwire {
namespace {

constexpr unsigned format_bits = 3, pack = 8;

std::string gzip(std::string_view bytes) {
  z_stream z{};
  deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string packed(deflateBound(&z, bytes.size()), '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  z.avail_in = static_cast<uInt>(bytes.size());
  z.next_out = reinterpret_cast<Bytef*>(packed.data());
  z.avail_out = static_cast<uInt>(packed.size());
  deflate(&z, Z_FINISH);
  packed.resize(z.total_out);
  deflateEnd(&z);
  return packed;
}

/// The first 16 bytes of a gzip file's content; empty for other files.
std::string beginning(const std::string& bytes) {
  constexpr std::size_t idx_header = 16;
  if (!bytes.starts_with("\x1f\x8b")) return "";
  std::string content(idx_header, '\0');
  z_stream z{};
  inflateInit2(&z, 15 + 16);
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  z.avail_in = static_cast<uInt>(bytes.size());
  z.next_out = reinterpret_cast<Bytef*>(content.data());
  z.avail_out = idx_header;
  inflate(&z, Z_SYNC_FLUSH);
  content.resize(z.total_out);
  inflateEnd(&z);
  return content;
}

/// Whether a gzip file announces more than 10 MB of IDX data. Up to two gigabytes are only address
/// space in production, but memory under sanitizers, which would merely be slow.
bool announces_much(const std::string& bytes) {
  const std::string idx = beginning(bytes);
  double size = 1;
  for (std::size_t at = 4; at + 4 <= idx.size(); at += 4) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(idx[at + i]); };
    size *= byte(0) * 16777216.0 + byte(1) * 65536.0 + byte(2) * 256.0 + byte(3);
    if (size > 1e7) return true;  // checked per dimension: a label file has only one
  }
  return false;
}

std::string good(std::initializer_list<unsigned char> bytes) {
  return {bytes.begin(), bytes.end()};
}

void read(unsigned format, const std::filesystem::path& file) {
  const std::filesystem::path other = fuzz::scratch("other");
  if (format == 0) {
    fuzz::write(other, good({0, 0, 8, 1, 0, 0, 0, 3, 0, 1, 2}));
    static_cast<void>(learn::read_idx(file, other, 10));
  } else if (format == 1) {
    fuzz::write(other, good({0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 1, 7, 8, 9}));
    static_cast<void>(learn::read_idx(other, file, 10));
  } else {
    const learn::CifarFormat cifar10{};
    const learn::CifarFormat cifar100{.label_bytes = 2, .classes = 100};
    static_cast<void>(learn::read_cifar(std::span(&file, 1), format == 2 ? cifar10 : cifar100));
  }
}

}  // namespace
}  // namespace gradwire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gradwire;
  if (size == 0) return 0;
  const unsigned format = data[0] & format_bits;
  std::string bytes(fuzz::text_of(data + 1, size - 1));
  if ((data[0] & pack) != 0) bytes = gzip(bytes);
  if (format <= 1 && announces_much(bytes)) return 0;
  const std::filesystem::path file = fuzz::scratch("images");
  fuzz::write(file, bytes);
  fuzz::expect_refusal_or_success([&] { read(format, file); });
  return 0;
}
