#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "sim/algorithms/config.hpp"
#include "sim/algorithms/message.hpp"
#include "sim/algorithms/selection.hpp"
#include "sim/core/layout.hpp"
#include "sim/core/units.hpp"

namespace gradwire::algorithms {

class BitReader;

/// How the indices of a sparse message are written down; see WireConfig::index.
enum class IndexCoding { none, int32, int64, tensor, model, bitmap, golomb };

/// Their names in WireConfig, in the order of IndexCoding.
[[nodiscard]] std::span<const std::string_view> index_coding_names();
/// As WireConfig names it; anything else is an InputError.
[[nodiscard]] IndexCoding index_coding_named(std::string_view name);

/// How one worker's uploads look on the wire. Both ends build it from the experiment alone, before
/// the first message; nothing else is known to the receiver but the message's bytes and, from the
/// transport, their number.
///
///   message = header, body;   little endian, bits from the least significant on, 0 to 7 bits of
///                             padding at the end of the body
///   Dense   = d floats
///   Sparse  = k floats, then the indices:
///     none    nothing: the papers' counting convention, which tells nobody where the values go
///     int32, int64   each index into the flat vector
///     model   the same in ceil(log2 d) bits
///     tensor  each index into its tensor, in ceil(log2 d_l) bits. Where entries are selected
///             from the whole model the receiver cannot know how many fell into each tensor; these
///             counts then come first, 32 bits each.
///     bitmap  d bits
///     golomb  the gaps between the ascending positions of a block, in a Golomb code whose
///             parameter follows the mean of the gaps before. It starts from (d_l, k_l), so there
///             is no side information; within 2 % of the entropy for random supports, below it for
///             clustered ones (GapCode; tests/algorithms/wire_test.cpp measures both)
///   Skip    = nothing. (A body of length 0 is nothing else. The flag that tells the server of it
///             belongs to the protocol, which adds ProtocolConfig::skip_flag_bytes.)
class WireFormat {
 public:
  /// Of workers that send Dense or Skip.
  WireFormat(const WireConfig& config, const Layout& layout);
  /// Of workers that send Sparse or Skip, entries as `blocks` (selection_blocks) says.
  WireFormat(const WireConfig& config, const Layout& layout, std::vector<Block> blocks);

  /// Exact size, header included; encode(message) has bytes_for of it. Looks at the indices only
  /// where they decide: golomb, in O(k), and tensor with whole-model selection, in O(L log k).
  /// A Dense is always 32 d bits, also where uploads are Sparse.
  [[nodiscard]] Bits size(const Message& message) const;

  /// The bytes themselves; the header's are 0. A message that does not fit layout and blocks is a
  /// std::invalid_argument.
  [[nodiscard]] std::vector<std::uint8_t> encode(const Message& message) const;

  /// The message, to the bit. `support` are its indices where the format does not carry them (none)
  /// and is not looked at otherwise. Bytes that no message has (too few, too many, an index out of
  /// range or not ascending, padding other than 0) are an InputError that names the bit.
  [[nodiscard]] Message decode(std::span<const std::uint8_t> bytes,
                               std::span<const std::uint32_t> support = {}) const;

 private:
  using Indices = std::span<const std::uint32_t>;

  void check_count(const Message& message) const;
  void check_indices(const Message& message) const;
  [[nodiscard]] std::int64_t index_bits(Indices indices) const;
  [[nodiscard]] std::vector<Block> tensor_blocks(Indices indices) const;
  void write_indices(Indices indices, std::vector<std::uint8_t>& bytes) const;
  [[nodiscard]] std::vector<std::uint32_t> read_indices(BitReader& reader, Indices support) const;
  [[nodiscard]] std::vector<Block> read_counts(BitReader& reader) const;

  IndexCoding coding_;
  std::int64_t header_bytes_;
  Layout layout_;
  std::vector<Block> blocks_;               ///< none: uploads are Dense
  std::size_t k_;                           ///< entries of a Sparse
  bool per_tensor_;                         ///< the blocks are the tensors: their counts are known
  std::optional<std::int64_t> index_bits_;  ///< of a Sparse, where its indices do not decide
};

/// sum log2 binomial(d_l, k_l): bits that the indices take at least, where every support is
/// equally likely.
[[nodiscard]] double entropy_bits(std::span<const Block> blocks);

}  // namespace gradwire::algorithms
