#pragma once

#include <cstdint>
#include <vector>

#include "sim/algorithms/compressors/compressor.hpp"
#include "sim/algorithms/messages/message.hpp"
#include "sim/algorithms/wire/slice_positions.hpp"
#include "sim/algorithms/wire/wire.hpp"
#include "sim/core/iteration_work.hpp"
#include "sim/core/layout.hpp"
#include "sim/core/stretch.hpp"

namespace gradwire::algorithms {

/// Sizes of a method's messages under every encoding, so that a replay may select another one.
class WireSizes {
 public:
  /// `shape`: of the workers' uploads. server_shards: number of slices that each is cut into.
  WireSizes(const Layout& layout, const MessageShape& shape, int server_shards = 1);

  [[nodiscard]] const EncodingNames& names() const { return names_; }
  /// Empty for a Skip.
  [[nodiscard]] Transmission of(const Message& message) const;
  /// Whether the sizes of an upload's slices depend on more than its length: of all but dense ones.
  [[nodiscard]] bool slices_vary() const { return !stretches_.empty(); }
  /// [S] of the slices that the server's shards receive (D62), if they vary. All are empty for a
  /// Skip.
  [[nodiscard]] std::vector<Transmission> of_slices(const Message& message) const;
  /// A dense message of `values` values, of which nothing else matters: the model.
  [[nodiscard]] static Transmission of_dense(std::int64_t values);

 private:
  /// slice: the positions if the message is a slice; null: it is whole, or has none.
  [[nodiscard]] Transmission of(const Message& message, const SlicePositions* slice) const;

  EncodingNames names_;
  bool ranks_vary_;                  ///< low_rank: messages contain their ranks
  Bits entropy_of_positions_;        ///< of each message
  std::vector<WireFormat> formats_;  ///< one per coding of the positions; empty if there are none
  std::vector<IndexCoding> index_codings_;  ///< of the formats
  std::vector<Stretch> stretches_;          ///< [S] if slices vary, else empty
  std::vector<SlicePositions> slices_;      ///< [S] if slices vary and have positions, else empty
};

}  // namespace gradwire::algorithms
