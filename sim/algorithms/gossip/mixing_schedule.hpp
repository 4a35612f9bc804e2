#pragma once

#include <cstdint>
#include <iterator>
#include <utility>
#include <vector>

#include "sim/algorithms/gossip/graph.hpp"
#include "sim/algorithms/gossip/mixing.hpp"
#include "sim/core/choice_names.hpp"

namespace gradwire::algorithms {

/// W of one iteration, by receiver: x_i <- own_i x_i + sum_j weight_ij x_j. The weights are
/// multiples of 2^-24, so that sums over a row (or, of directed edges, a column) are exactly 1 in
/// single precision.
struct MixingMatrix {
  struct Incoming {
    int from = 0;
    float weight = 0;
    friend bool operator==(const Incoming&, const Incoming&) = default;
  };
  std::vector<float> own;                       ///< [n] W_ii
  std::vector<std::vector<Incoming>> incoming;  ///< by receiver, ascending by sender

  [[nodiscard]] int nodes() const { return static_cast<int>(own.size()); }
  /// Sender and receiver of each message, ascending.
  [[nodiscard]] std::vector<std::pair<int, int>> edges() const;
};

/// W of a graph: symmetric, rows and columns sum to 1.
[[nodiscard]] MixingMatrix mixing_matrix(const Graph& graph, MixingKind kind);
/// W of directed edges, by sender, ascending: each node keeps and sends equal shares, so that
/// columns sum to 1 (Assran et al., arXiv 1811.10792).
[[nodiscard]] MixingMatrix equal_shares(const std::vector<std::vector<int>>& receivers);

/// Who exchanges messages with whom from iteration to iteration.
enum class TopologySchedule { fixed, one_peer };

/// In the order of TopologySchedule.
inline constexpr Choice topology_schedules[] = {
    {"fixed", "along all edges in every iteration"},
    {"one_peer",
     "kind exponential: one neighbour an iteration, at distances 1, 2, 4, ... in turn: the node "
     "whose number differs in one bit, or, if directed, the one so far along the ring (Assran et "
     "al., arXiv 1811.10792)"}};
static_assert(has_row_for_each(topology_schedules, TopologySchedule::one_peer));

/// The matrices of iterations 0, 1, ..., repeated.
class MixingSchedule {
 public:
  /// At least one matrix.
  explicit MixingSchedule(std::vector<MixingMatrix> matrices) : matrices_(std::move(matrices)) {}

  [[nodiscard]] const MixingMatrix& at(std::int64_t iteration) const {
    return matrices_[static_cast<std::size_t>(iteration) % matrices_.size()];
  }
  [[nodiscard]] bool is_fixed() const { return matrices_.size() == 1; }
  /// Number of iterations after which the matrices repeat.
  [[nodiscard]] std::int64_t period() const { return std::ssize(matrices_); }
  [[nodiscard]] int nodes() const { return matrices_.front().nodes(); }
  /// The edges of any iteration, ascending, each once.
  [[nodiscard]] std::vector<std::pair<int, int>> edges() const;

 private:
  std::vector<MixingMatrix> matrices_;
};

}  // namespace gradwire::algorithms
