#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "sim/core/iteration_work.hpp"

namespace gradwire::testing_support {

/// Encodings under which the sizes of hand-made work are given: values, and positions as 32 bits.
inline EncodingNames some_encodings() { return {"values=float32", "index=int32"}; }

/// A dense message of d values.
inline Transmission dense_message(std::int64_t d) {
  return {.representation = Representation::dense,
          .values = d,
          .payload = {32 * d},
          .encoded = {Bits{32 * d}}};
}

/// A sparse message of k values.
inline Transmission sparse_message(std::int64_t k) {
  return {.representation = Representation::sparse,
          .values = k,
          .payload = {32 * k},
          .encoded = {Bits{32 * k}, Bits{32 * k}}};
}

/// An iteration of one exchange, before which workers receive a model of d values.
inline IterationWork one_exchange(std::int64_t d, std::vector<Part> parts) {
  return {.parameters = d,
          .exchanges = {{.downloads = {dense_message(d)},
                         .parts = std::move(parts),
                         .summable = false,
                         .edges = {}}},
          .train = {},
          .test = {}};
}

}  // namespace gradwire::testing_support
