#pragma once

#include <cstdint>
#include <stdexcept>
#include <variant>
#include <vector>

#include "sim/core/model.hpp"
#include "sim/core/problem.hpp"
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

/// Every value of an update, gamma times a worker's gradient at `theta`, which nobody needs to see
/// written down: the server adds them while they are computed (Server::receive). Only inside a run:
/// it can be neither encoded nor kept.
struct Unwritten {
  float gamma = 0;
  Model theta;
  GradientOracle* gradient = nullptr;  ///< prepared for theta; must live until then
  template <class Archive>
  void serialize(Archive& /*archive*/) {
    throw std::logic_error("what is not written down cannot be saved");
  }
  friend bool operator==(const Unwritten&, const Unwritten&) = default;
};

/// "Use my last one again."
struct Skip {
  template <class Archive>
  void serialize(Archive& /*archive*/) {}
  friend bool operator==(const Skip&, const Skip&) = default;
};

/// What a worker may tell the server in one iteration.
using Message = std::variant<Dense, Sparse, Skip, Unwritten>;

[[nodiscard]] std::int64_t values_sent(const Message& message);

/// The papers' convention: 32 bits a value sent, indices and flags free.
[[nodiscard]] Bits payload_bits(const Message& message);

}  // namespace gradwire::algorithms
