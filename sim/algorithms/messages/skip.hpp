#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "sim/core/units.hpp"

namespace gradwire::algorithms {

/// No upload: the server reuses the worker's last contribution.
struct Skip {
  template <class Archive>
  void serialize(Archive& /*archive*/) {}
  friend bool operator==(const Skip&, const Skip&) = default;
};

class SkipBlocks {
 public:
  explicit SkipBlocks(const Skip& /*skip*/) {}
  void add_to(std::span<float> /*sum*/, std::size_t /*begin*/) {}
};

[[nodiscard]] inline std::int64_t values_in(const Skip& /*skip*/) { return 0; }
[[nodiscard]] inline Bits payload_bits(const Skip& /*skip*/) { return {}; }
[[nodiscard]] inline Bytes stored_bytes(const Skip& /*skip*/) { return {}; }
inline void subtract_from(const Skip& /*skip*/, std::span<float> /*v*/) {}
inline void add_to(const Skip& /*skip*/, std::span<float> /*v*/) {}

}  // namespace gradwire::algorithms
