#pragma once

#include <cstdint>
#include <vector>

#include "sim/algorithms/compressors/compressor.hpp"
#include "sim/algorithms/messages/message.hpp"
#include "sim/algorithms/wire/wire.hpp"
#include "sim/core/iteration_work.hpp"
#include "sim/core/layout.hpp"

namespace gradwire::algorithms {

/// Sizes of a method's messages under every encoding, so that a replay may select another one.
class WireSizes {
 public:
  /// `shape`: of the workers' uploads.
  WireSizes(const Layout& layout, const MessageShape& shape);

  [[nodiscard]] const EncodingNames& names() const { return names_; }
  /// Empty for a Skip.
  [[nodiscard]] Transmission of(const Message& message) const;
  /// A dense message of `values` values, of which nothing else matters: the model.
  [[nodiscard]] static Transmission of_dense(std::int64_t values);

 private:
  EncodingNames names_;
  bool ranks_vary_;                  ///< low_rank: messages contain their ranks
  Bits entropy_of_positions_;        ///< of each message
  std::vector<WireFormat> formats_;  ///< one per coding of the positions; empty if there are none
};

}  // namespace gradwire::algorithms
