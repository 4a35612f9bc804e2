#pragma once

#include <vector>

#include "sim/cost/cost_model.hpp"
#include "sim/protocols/all_reduce/collective.hpp"
#include "sim/protocols/config.hpp"

namespace gradwire::protocols {

/// The collectives of one exchange: their steps, and the sizes of their messages.
class CollectiveLoad {
 public:
  /// `protocol` and `load` must outlive this object. Throws InputError if chunk_bytes cuts a
  /// message into more than most_pieces.
  CollectiveLoad(const ProtocolConfig& protocol, const cost::IterationLoad& load);

  /// Number of collectives, one after the other: the buckets of a sum, else 1.
  [[nodiscard]] int collectives() const;
  /// The steps of a node in a collective.
  void each_step(int collective, int node, const VisitStep& visit) const;
  /// Size of a message of this range of entries (of a sum) or of blocks (of a gather), in pieces:
  /// [1 or more], each with its header.
  [[nodiscard]] int pieces(PartRange range) const;
  [[nodiscard]] Bytes size(PartRange range, int piece, int pieces) const;
  /// Flops of adding a piece of what `step` receives.
  [[nodiscard]] Flops adding(const CollectiveStep& step, int pieces) const;

 private:
  void check_pieces() const;
  [[nodiscard]] Bytes longest_body() const;
  [[nodiscard]] Bytes body(PartRange range) const;
  [[nodiscard]] std::int64_t most_per_piece() const;

  const ProtocolConfig& protocol_;
  const cost::IterationLoad& load_;
  int nodes_;
  std::vector<Bytes> blocks_before_;  ///< [M + 1], sums of the blocks, without headers
};

}  // namespace gradwire::protocols
