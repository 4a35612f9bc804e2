#include "sim/core/random.hpp"

#include <bit>
#include <cmath>

#include "sim/kernels/splitmix64.hpp"

namespace gradwire {
namespace {

/// Mixes `word` into `hash`; every bit of either affects every bit of the result.
std::uint64_t mixed(std::uint64_t hash, std::uint64_t word) {
  std::uint64_t state = hash ^ (word * 0xff51afd7ed558ccdULL);
  return splitmix64(state);
}

}  // namespace

std::uint64_t RandomStream::next() {
  const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const std::uint64_t shifted = state_[1] << 17U;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

double RandomStream::uniform() { return static_cast<double>(next() >> 11U) * 0x1.0p-53; }

std::uint64_t RandomStream::below(std::uint64_t bound) {
  __extension__ using Wide = unsigned __int128;
  Wide product = static_cast<Wide>(next()) * bound;
  if (static_cast<std::uint64_t>(product) < bound) {
    const std::uint64_t threshold = (0 - bound) % bound;
    while (static_cast<std::uint64_t>(product) < threshold) {
      product = static_cast<Wide>(next()) * bound;
    }
  }
  return static_cast<std::uint64_t>(product >> 64U);
}

double RandomStream::normal() {
  for (;;) {
    const double x = uniform(-1.0, 1.0);
    const double y = uniform(-1.0, 1.0);
    const double square = x * x + y * y;
    if (square > 0.0 && square < 1.0) return x * std::sqrt(-2.0 * std::log(square) / square);
  }
}

double RandomStream::gamma(double shape) {
  if (shape < 1.0) return gamma(shape + 1.0) * std::pow(1.0 - uniform(), 1.0 / shape);
  const double d = shape - 1.0 / 3.0;
  const double c = 1.0 / std::sqrt(9.0 * d);
  for (;;) {
    const double x = normal();
    const double v = std::pow(1.0 + c * x, 3);
    if (v > 0.0 && std::log(1.0 - uniform()) < 0.5 * x * x + d - d * v + d * std::log(v)) {
      return d * v;
    }
  }
}

std::uint64_t stream_hash(std::uint64_t seed, std::string_view purpose, std::uint64_t first,
                          std::uint64_t second) {
  std::uint64_t hash = mixed(0x6772616477697265ULL, seed);  // "gradwire"
  for (const char c : purpose) hash = mixed(hash, static_cast<unsigned char>(c));
  return mixed(mixed(mixed(hash, purpose.size()), first), second);
}

RandomStream stream(std::uint64_t seed, std::string_view purpose, std::uint64_t first,
                    std::uint64_t second) {
  std::uint64_t hash = stream_hash(seed, purpose, first, second);
  RandomStream result;
  for (std::uint64_t& word : result.state_) word = splitmix64(hash);
  return result;
}

}  // namespace gradwire
