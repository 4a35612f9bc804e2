#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "sim/core/units.hpp"
#include "sim/core/vector.hpp"

namespace gradwire::algorithms {

/// Every value of an update.
struct Dense {
  Vector values;  ///< [d]
  template <class Archive>
  void serialize(Archive& archive) {
    archive(values);
  }
  friend bool operator==(const Dense&, const Dense&) = default;
};

/// Some values of an update; the others are zero.
struct Sparse {
  std::vector<std::uint32_t> indices;  ///< [k] into the flat vector, strictly ascending
  std::vector<float> values;           ///< [k]
  template <class Archive>
  void serialize(Archive& archive) {
    archive(indices, values);
  }
  friend bool operator==(const Sparse&, const Sparse&) = default;
};

/// "Use my last one again."
struct Skip {
  template <class Archive>
  void serialize(Archive& /*archive*/) {}
  friend bool operator==(const Skip&, const Skip&) = default;
};

/// What a worker may tell the server in one iteration.
using Message = std::variant<Dense, Sparse, Skip>;

[[nodiscard]] std::int64_t values_sent(const Message& message);

/// The papers' convention: 32 bits a value sent, indices and flags free.
[[nodiscard]] Bits payload_bits(const Message& message);

}  // namespace gradwire::algorithms
