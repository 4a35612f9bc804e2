#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "sim/core/iteration_work.hpp"

/// Traces of version 1, of synchronous parameter servers with dense or sparse messages: the columns
/// of a worker were compiled in, and sizes included the values.
namespace gradwire::trace_version1 {

inline constexpr std::uint32_t version = 1;

/// skipped, auxiliary gradients, gradients, bits with indices in Golomb code, payload bits, bits
/// with indices as none, int32, int64, tensor, model, bitmap; values.
inline constexpr std::size_t columns = 12;
using Columns = std::array<std::int64_t, columns>;

/// In the order in which this version's sizes appear as EncodedSizes.
inline const EncodingNames& encodings() {
  static const EncodingNames names{"values=float32", "index=none",  "index=int32",
                                   "index=int64",    "index=model", "index=bitmap",
                                   "index=tensor",   "index=golomb"};
  return names;
}

namespace detail {
inline constexpr std::int64_t bits_per_value = 32;
/// Column of each of encodings() but the first.
inline constexpr std::array<std::size_t, 7> index_columns{5, 6, 7, 9, 10, 8, 3};
}  // namespace detail

/// The state, which later differences refer to, of a worker's columns as a part.
inline Part part_of(const Columns& c) {
  const std::int64_t value_bits = detail::bits_per_value * c[11];
  // A position takes 32 bits under int32, so a sparse message is larger than its values.
  const Representation representation = c[11] == 0          ? Representation::nothing
                                        : c[6] > value_bits ? Representation::sparse
                                                            : Representation::dense;
  Part part{.gradients = static_cast<double>(c[2]),
            .auxiliary_gradients = static_cast<double>(c[1]),
            .skipped = c[0] != 0,
            .upload = {.representation = representation,
                       .values = c[11],
                       .payload = {c[4]},
                       .encoded = {Bits{value_bits}}}};
  for (std::size_t i = 0; i < detail::index_columns.size(); ++i) {
    part.upload.encoded[i + 1] = {c[detail::index_columns[i]] - value_bits};
  }
  return part;
}

/// The model sent to each worker: d values of 32 bits.
inline Transmission model_of(std::int64_t bytes) {
  return {.representation = Representation::dense,
          .values = bytes / 4,
          .payload = {8 * bytes},
          .encoded = {Bits{8 * bytes}}};
}

/// Dense messages may be added on the way. `workers`: [M].
inline bool is_summable(const std::vector<Columns>& workers) {
  return std::ranges::none_of(workers, [](const Columns& c) {
    return part_of(c).upload.representation == Representation::sparse;
  });
}

}  // namespace gradwire::trace_version1
