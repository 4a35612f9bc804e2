#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sim/algorithms/compressors/compressor.hpp"
#include "sim/algorithms/config.hpp"
#include "sim/algorithms/messages/message.hpp"
#include "sim/algorithms/wire/encodings.hpp"
#include "sim/core/layout.hpp"
#include "sim/core/units.hpp"

namespace gradwire::algorithms {

class BitReader;
class BitWriter;
struct LevelAlphabet;

/// Width of the ranks of a message whose ranks vary.
[[nodiscard]] inline Bits bits_of_ranks(std::size_t tensors) {
  return {32 * static_cast<std::int64_t>(tensors)};
}

/// The wire format of one worker's uploads. Both ends construct it from the configuration, before
/// the first message; besides that the receiver needs only the message's bytes and, from the
/// transport, their number.
///
///   message = header, body;   little endian, bits from the least significant on, 0 to 7 bits of
///                             padding at the end of the body
///   Dense   = d values
///   Sparse  = k values, then the indices:
///     none    nothing: the papers' counting convention, which does not transmit the positions
///     seed    nothing: the receiver draws the same positions
///     int32, int64   each index into the flat vector
///     model   the same in ceil(log2 d) bits
///     tensor  each index into its tensor, in ceil(log2 d_l) bits. If entries are selected from
///             the whole model, the receiver cannot derive the number in each tensor; these
///             counts then precede the indices, 32 bits each.
///     bitmap  d bits
///     golomb  the gaps between the ascending positions of a block, in a Golomb code whose
///             parameter follows the mean of the previous gaps. It starts from (d_l, k_l), so
///             there is no side information; within 2 % of the entropy for random supports, below
///             it for clustered ones (GapCode; tests/algorithms/wire/wire_test.cpp measures both)
///   Quantized = the scale of each bucket, a float, if it has one, then the levels (level_code.hpp;
///             of odd ones odd_level_code.hpp):
///     fixed   sign and magnitude of each entry
///     elias   of the non-zero ones, in each bucket
///     vsc     one code of the levels of all buckets (vector_source_code.hpp)
///   Signs   = the floats of each bucket, if it has any: first all scales, then all values of the
///             negative entries; then one bit per entry, 1 if negative
///   CodedSparse = the scale of each block's kept entries, a float, then the indices as in Sparse,
///             then the levels or signs of the kept entries, without padding between them
///   LowRank = the rank of each factored tensor in 32 bits, if ranks vary, then floats: left
///             factors, right factors, scales, other entries, without the parts that the receiver
///             holds
///   value   = the number's bits in the message's format (value_format.hpp), the highest its sign
///   Skip    = nothing: only a Skip has a body of length 0. The flag that signals it belongs to the
///             protocol, which adds ProtocolConfig::skip_flag_bytes.
class WireFormat {
 public:
  /// For workers that send messages of this shape, or Skip.
  WireFormat(const WireConfig& config, const Layout& layout, MessageShape shape);

  /// Exact size, header included; encode(message) has bytes_for() of it. Reads the indices only if
  /// the size depends on them: golomb, in O(k), and tensor with whole-model selection, in O(L log
  /// k) for L tensors. A Dense is d values, also if uploads have another shape.
  [[nodiscard]] Bits size(const Message& message) const;

  /// The part of a (coded) sparse message that describes positions.
  [[nodiscard]] Bits index_size(std::span<const std::uint32_t> indices) const {
    return {index_bits(indices)};
  }

  /// Encodes the message; the header's bytes are 0. Throws std::invalid_argument for a message that
  /// does not fit layout and blocks.
  [[nodiscard]] std::vector<std::uint8_t> encode(const Message& message) const;

  /// Decodes the message exactly. `support` are its indices if the format does not carry them
  /// (none, seed), and is ignored otherwise; `known` contains the parts that the receiver of a
  /// LowRank holds. Throws InputError naming the bit for bytes that no
  /// message has: too few, too many, an index out of range or not ascending, padding other than 0.
  [[nodiscard]] Message decode(std::span<const std::uint8_t> bytes,
                               std::span<const std::uint32_t> support = {},
                               const LowRank* known = nullptr) const;

 private:
  using Indices = std::span<const std::uint32_t>;
  class Check;
  class Writer;

  [[nodiscard]] std::int64_t index_bits(Indices indices) const;
  [[nodiscard]] std::vector<Block> tensor_blocks(Indices indices) const;
  void write_indices(Indices indices, BitWriter& writer) const;
  void write_levels(const Quantized& quantized, BitWriter& writer) const;
  [[nodiscard]] LevelAlphabet alphabet() const;
  [[nodiscard]] std::vector<std::uint32_t> read_indices(BitReader& reader, Indices support) const;
  [[nodiscard]] std::vector<Block> read_counts(BitReader& reader) const;
  [[nodiscard]] Quantized read_levels(BitReader& reader, std::vector<float> scales) const;
  /// `floats`: `per_bucket` of each bucket.
  [[nodiscard]] Signs read_signs(BitReader& reader, std::vector<float> floats,
                                 int per_bucket) const;
  [[nodiscard]] CodedSparse read_coded(BitReader& reader, Indices support,
                                       std::vector<float> scales) const;
  [[nodiscard]] Message read_low_rank(std::span<const std::uint8_t> body, std::size_t first_byte,
                                      const LowRank* known) const;
  /// Number of floats at the beginning of a message of this shape. Values of another format are
  /// bits.
  [[nodiscard]] std::size_t floats() const;
  /// The next `count` values; `floats`: the message's floats, if they are some.
  template <class Floats>
  [[nodiscard]] Floats read_values(BitReader& reader, std::span<const std::uint8_t> floats,
                                   std::size_t count) const;

  IndexCoding coding_;
  LevelCoding levels_;
  std::int64_t header_bytes_;
  Layout layout_;
  MessageShape shape_;
  std::size_t k_;                           ///< entries of a (coded) sparse message
  std::vector<std::uint32_t> bucket_ends_;  ///< of quantised entries or signs
  bool per_tensor_;                         ///< the blocks are the tensors, so the counts are known
  std::optional<std::int64_t> index_bits_;  ///< of a Sparse message, if independent of the indices
};

}  // namespace gradwire::algorithms
