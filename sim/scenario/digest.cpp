#include "sim/scenario/digest.hpp"

#define XXH_INLINE_ALL
#include <fmt/format.h>
#include <xxhash.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <vector>

#include "sim/core/error.hpp"
#include "sim/core/file_kind.hpp"
#include "sim/network/platforms/platform_file.hpp"

namespace gradwire::scenario {

namespace {

std::string hex(XXH128_hash_t hash) {
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

}  // namespace

std::string digest_of(std::string_view bytes) {
  return hex(XXH3_128bits(bytes.data(), bytes.size()));
}

std::string digest_of_file(const std::filesystem::path& file, const JsonLocation& place) {
  const std::string refused = not_a_file(file);
  if (!refused.empty()) place.fail(file.string() + " " + refused);
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  if (!stream) place.fail(fmt::format("cannot read {}: {}", file.string(), std::strerror(errno)));
  const std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> state(XXH3_createState(),
                                                                       &XXH3_freeState);
  XXH3_128bits_reset(state.get());
  std::vector<char> block(std::size_t{1} << 16);
  while (stream.read(block.data(), static_cast<std::streamsize>(block.size())),
         stream.gcount() > 0) {
    XXH3_128bits_update(state.get(), block.data(), static_cast<std::size_t>(stream.gcount()));
  }
  return hex(XXH3_128bits_digest(state.get()));
}

std::string digest_of_platform(const std::filesystem::path& file, const JsonLocation& place) {
  std::string digest = digest_of_file(file, place);
  std::vector<std::string> names;
  try {
    names = network::read_platform_file(file).profiles;
  } catch (const InputError& error) {
    place.fail(error.what());
  }
  std::string all = digest;
  for (const std::string& name : names) all += digest_of_file(file.parent_path() / name, place);
  return names.empty() ? digest : digest_of(all);
}

}  // namespace gradwire::scenario
