#pragma once

#include <cstdint>
#include <stdexcept>
#include <variant>
#include <vector>

#include "sim/core/model.hpp"
#include "sim/core/problem.hpp"
#include "sim/core/units.hpp"
#include "sim/kernels/vector.hpp"

namespace gradwire::algorithms {

/// A dense update: all values.
struct Dense {
  Vector values;  ///< [d]
  template <class Archive>
  void serialize(Archive& archive) {
    archive(values);
  }
  friend bool operator==(const Dense&, const Dense&) = default;
};

/// A sparse update: the values not listed are zero.
struct Sparse {
  std::vector<std::uint32_t> indices;  ///< [k] into the flat vector, strictly ascending
  std::vector<float> values;           ///< [k]
  template <class Archive>
  void serialize(Archive& archive) {
    archive(indices, values);
  }
  friend bool operator==(const Sparse&, const Sparse&) = default;
};

/// A deferred dense update gamma * g(theta) that is never materialised: the server adds it to its
/// sum as the gradient kernel produces it (Server::receive). Valid only inside a run: it can be
/// neither encoded nor stored.
struct Unwritten {
  float gamma = 0;
  Model theta;
  GradientOracle* gradient = nullptr;  ///< prepared for theta; must outlive Server::receive()
  template <class Archive>
  void serialize(Archive& /*archive*/) {
    throw std::logic_error("what is not written down cannot be saved");
  }
  friend bool operator==(const Unwritten&, const Unwritten&) = default;
};

/// No upload: the server reuses the worker's last contribution.
struct Skip {
  template <class Archive>
  void serialize(Archive& /*archive*/) {}
  friend bool operator==(const Skip&, const Skip&) = default;
};

/// A worker's message to the server in one iteration.
using Message = std::variant<Dense, Sparse, Skip, Unwritten>;

[[nodiscard]] std::int64_t values_sent(const Message& message);

/// Payload by the papers' convention: 32 bits per value sent; indices and flags are free.
[[nodiscard]] Bits payload_bits(const Message& message);

}  // namespace gradwire::algorithms
