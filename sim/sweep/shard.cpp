#include "sim/sweep/shard.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>

#include "sim/core/error.hpp"
#include "sim/scenario/digest.hpp"

namespace gradwire::sweep {
namespace {

constexpr int most_shards = 1'000'000;

bool read_whole(std::string_view text, int& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

bool Shard::has(const std::string& run_id) const {
  constexpr std::size_t digits = 16;
  constexpr int hexadecimal = 16;
  const std::uint64_t hash =
      std::stoull(scenario::digest_of(run_id).substr(0, digits), nullptr, hexadecimal);
  return hash % static_cast<std::uint64_t>(count) == static_cast<std::uint64_t>(index);
}

std::string Shard::text() const { return fmt::format("{}/{}", index, count); }

Shard parse_shard(const std::string& text) {
  Shard shard;
  const std::size_t slash = text.find('/');
  const bool is_good = slash != std::string::npos &&
                       read_whole(std::string_view(text).substr(0, slash), shard.index) &&
                       read_whole(std::string_view(text).substr(slash + 1), shard.count) &&
                       shard.count >= 1 && shard.count <= most_shards && shard.index >= 0 &&
                       shard.index < shard.count;
  if (is_good) return shard;
  throw InputError("--shard " + text,
                   fmt::format("must be I/N with 0 <= I < N <= {}, as in 0/4", most_shards));
}

}  // namespace gradwire::sweep
