#include "sim/learn/data/data_identity.hpp"

#define XXH_INLINE_ALL
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <xxhash.h>

#include <algorithm>
#include <memory>
#include <vector>

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

void add_labels(std::span<const Label> labels, std::size_t bytes_each, Hasher& hasher) {
  std::vector<std::uint8_t> bytes;
  bytes.reserve(labels.size() * bytes_each);
  for (const Label label : labels) {
    for (std::size_t b = 0; b < bytes_each; ++b) {
      bytes.push_back(static_cast<std::uint8_t>(static_cast<std::uint32_t>(label) >> (8 * b)));
    }
  }
  hasher.add(bytes);
}

bool fit_in_bytes(std::span<const Label> labels) {
  return std::ranges::all_of(labels, [](Label label) { return label >= 0 && label < 256; });
}

}  // namespace

DataIdentity identify(std::span<const std::int64_t> shape, const SampleBytes& train,
                      const SampleBytes& test) {
  Hasher hasher;
  hasher.add(
      fmt::format("{} {} {}\n", fmt::join(shape, "x"), train.labels.size(), test.labels.size()));
  const std::size_t bytes_each = fit_in_bytes(train.labels) && fit_in_bytes(test.labels) ? 1 : 4;
  for (const SampleBytes& part : {train, test}) {
    hasher.add(part.values);
    add_labels(part.labels, bytes_each, hasher);
  }
  return {.digest = hasher.hex(),
          .train_samples = static_cast<std::int64_t>(train.labels.size()),
          .test_samples = static_cast<std::int64_t>(test.labels.size())};
}

DataIdentity refined(const DataIdentity& identity, std::span<const std::uint8_t> more) {
  Hasher hasher;
  hasher.add(identity.digest);
  hasher.add(more);
  DataIdentity result = identity;
  result.digest = hasher.hex();
  return result;
}

DataIdentity joined(const DataIdentity& first, const DataIdentity& second) {
  Hasher hasher;
  hasher.add(first.digest + second.digest);
  return {.digest = hasher.hex(),
          .train_samples = first.train_samples + second.train_samples,
          .test_samples = first.test_samples + second.test_samples};
}

}  // namespace gradwire::learn
