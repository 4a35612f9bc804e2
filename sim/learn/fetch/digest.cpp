#include "sim/learn/fetch/digest.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <new>
#include <stdexcept>
#include <vector>

#include "sim/core/error.hpp"
#include "sim/learn/data/files/byte_source.hpp"

namespace gradwire::learn {
namespace {

void expect(int status) {
  if (status != 1) throw std::logic_error("OpenSSL cannot compute SHA-256");
}

}  // namespace

struct Sha256::State {
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(),
                                                                  &EVP_MD_CTX_free};
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  if (!state_->context) throw std::bad_alloc();
  expect(EVP_DigestInit_ex(state_->context.get(), EVP_sha256(), nullptr));
}

Sha256::~Sha256() = default;

void Sha256::update(std::span<const std::uint8_t> bytes) {
  expect(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()));
}

std::string Sha256::finish() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  expect(EVP_DigestFinal_ex(state_->context.get(), digest.data(), &length));
  std::string hex;
  for (unsigned int i = 0; i < length; ++i) hex += fmt::format("{:02x}", digest[i]);
  return hex;
}

std::string sha256_of_file(const std::filesystem::path& path, const std::function<void()>& tick) {
  const auto fail = [&path] {
    throw SystemError(fmt::format("{}: cannot be read: {}", path.string(), std::strerror(errno)));
  };
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                             &std::fclose);
  if (!file) fail();
  Sha256 digest;
  std::vector<std::uint8_t> block(read_block_bytes);
  while (const std::size_t count = std::fread(block.data(), 1, block.size(), file.get())) {
    digest.update(std::span(block).first(count));
    tick();
  }
  if (std::ferror(file.get()) != 0) fail();
  return digest.finish();
}

std::string sha256_of_content(const std::filesystem::path& file, std::int64_t bytes) {
  ByteSource source(file);
  Sha256 digest;
  std::vector<std::uint8_t> block(read_block_bytes);
  for (auto left = static_cast<std::uint64_t>(bytes); left > 0;) {
    const auto part = std::span(block).first(std::min<std::uint64_t>(left, block.size()));
    source.read(part, "data");
    digest.update(part);
    left -= part.size();
  }
  source.expect_end();
  return digest.finish();
}

}  // namespace gradwire::learn
