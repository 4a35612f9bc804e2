#pragma once

#include <cstddef>
#include <vector>

#include "sim/algorithms/compressors/compressor.hpp"
#include "sim/algorithms/config.hpp"
#include "sim/core/iteration_work.hpp"

namespace gradwire::algorithms {

/// The codings of positions that messages of this shape can have.
[[nodiscard]] std::vector<IndexCoding> index_codings(const MessageShape& shape);

/// The encodings of messages of this shape, and of others: "values=" and the format of the values
/// (each message's size is that in its own), then all choices of the setting that applies to it,
/// and "entropy", a bound (entropy.hpp) that no setting selects.
[[nodiscard]] EncodingNames encoding_names(const MessageShape& shape);

/// Positions in `names` of the encodings that `wire` selects. Throws InputError if there are names
/// of a setting, but not of the value selected: an older gradwire recorded the sizes.
[[nodiscard]] std::vector<std::size_t> selected_encodings(const WireConfig& wire,
                                                          const EncodingNames& names);

}  // namespace gradwire::algorithms
