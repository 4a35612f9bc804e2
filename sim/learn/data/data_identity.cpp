#include "sim/learn/data/data_identity.hpp"

#define XXH_INLINE_ALL
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <xxhash.h>

#include <memory>

namespace gradwire::learn {
namespace {

/// XXH3-128 of the added bytes, in the canonical (big-endian) form.
class Hasher {
 public:
  Hasher() : state_(XXH3_createState(), &XXH3_freeState) { XXH3_128bits_reset(state_.get()); }
  void add(std::span<const std::uint8_t> bytes) {
    XXH3_128bits_update(state_.get(), bytes.data(), bytes.size());
  }
  void add(const std::string& text) { XXH3_128bits_update(state_.get(), text.data(), text.size()); }
  [[nodiscard]] std::string hex() const {
    const XXH128_hash_t hash = XXH3_128bits_digest(state_.get());
    return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
  }

 private:
  std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> state_;
};

}  // namespace

DataIdentity identify(std::span<const std::int64_t> shape, const SampleBytes& train,
                      const SampleBytes& test) {
  Hasher hasher;
  hasher.add(
      fmt::format("{} {} {}\n", fmt::join(shape, "x"), train.labels.size(), test.labels.size()));
  for (const SampleBytes& part : {train, test}) {
    hasher.add(part.values);
    hasher.add(part.labels);
  }
  return {.digest = hasher.hex(),
          .train_samples = static_cast<std::int64_t>(train.labels.size()),
          .test_samples = static_cast<std::int64_t>(test.labels.size())};
}

DataIdentity joined(const DataIdentity& first, const DataIdentity& second) {
  Hasher hasher;
  hasher.add(first.digest + second.digest);
  return {.digest = hasher.hex(),
          .train_samples = first.train_samples + second.train_samples,
          .test_samples = first.test_samples + second.test_samples};
}

}  // namespace gradwire::learn
