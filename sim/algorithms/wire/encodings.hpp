#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "sim/algorithms/compressors/compressor.hpp"
#include "sim/algorithms/config.hpp"
#include "sim/core/iteration_work.hpp"
#include "sim/core/value_range.hpp"

namespace gradwire::algorithms {

/// Encoding of the positions of a sparse message; see WireFormat. Those whose size varies come
/// last.
enum class IndexCoding { none, int32, int64, model, bitmap, seed, tensor, golomb };

/// In the order of IndexCoding.
inline constexpr Choice index_choices[] = {
    {"none", "values only, the papers' convention"},
    {"int32", "32 bits each"},
    {"int64", "64 bits each"},
    {"model", "ceil(log2 d) bits each, inside the whole model"},
    {"bitmap", "d_l bits a tensor, whatever is sent"},
    {"seed", "0 bits: both ends draw the positions of random_k from the seed"},
    {"tensor", "ceil(log2 d_l) bits each, inside their tensor"},
    {"golomb", "Golomb-coded gaps, near the entropy"}};

/// Encoding of the levels of a quantised message; see WireFormat.
enum class LevelCoding { fixed, elias };

/// In the order of LevelCoding.
inline constexpr Choice level_choices[] = {
    {"fixed", "sign and magnitude, ceil(log2(s + 1)) bits, of every entry"},
    {"elias", "Elias codes of the gaps between non-zero levels, and of these (QSGD)"}};

/// The coding of that name; throws InputError for any other name.
[[nodiscard]] IndexCoding index_coding_named(std::string_view name);
[[nodiscard]] LevelCoding level_coding_named(std::string_view name);

/// The codings of positions that messages of this shape can have.
[[nodiscard]] std::vector<IndexCoding> index_codings(const MessageShape& shape);

/// The encodings of messages of this shape, and of dense ones: "values=float32", then all choices
/// of the setting that applies to it.
[[nodiscard]] EncodingNames encoding_names(const MessageShape& shape);

/// Positions in `names` of the encodings that `wire` selects. Throws InputError if there are names
/// of a setting, but not of the value selected.
[[nodiscard]] std::vector<std::size_t> selected_encodings(const WireConfig& wire,
                                                          const EncodingNames& names);

}  // namespace gradwire::algorithms
