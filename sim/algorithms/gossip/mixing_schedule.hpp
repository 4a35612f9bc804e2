#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
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
enum class TopologySchedule { fixed, one_peer, resampled, random_matching };

/// In the order of TopologySchedule.
inline constexpr Choice topology_schedules[] = {
    {"fixed", "along all edges in every iteration"},
    {"one_peer",
     "kind exponential: one neighbour an iteration, at distances 1, 2, 4, ... in turn: the node "
     "whose number differs in one bit, or, if directed, the one so far along the ring (Assran et "
     "al., arXiv 1811.10792)"},
    {"resampled",
     "kinds erdos_renyi and random_regular: along all edges of a graph that is drawn anew for each "
     "iteration and need not be connected by itself"},
    {"random_matching",
     "in pairs that are drawn anew for each iteration among the edges, which are taken in random "
     "order unless an end has a pair; each pair takes its mean, whatever mixing says (as in "
     "randomized gossip: Boyd, Ghosh, Prabhakar, Shah 2006)"}};
static_assert(has_row_for_each(topology_schedules, TopologySchedule::random_matching));

/// The matrices of iterations 0, 1, ...
class MixingSchedule {
 public:
  /// Sender and receiver of messages.
  using Edges = std::vector<std::pair<int, int>>;
  using Draw = std::function<MixingMatrix(std::int64_t iteration)>;

  /// These matrices, repeated. At least one.
  explicit MixingSchedule(std::vector<MixingMatrix> matrices);
  /// A matrix for each iteration, a function of its number. `edges`: all that may occur, ascending.
  MixingSchedule(int nodes, Draw draw, Edges edges);

  [[nodiscard]] std::shared_ptr<const MixingMatrix> at(std::int64_t iteration) const;
  [[nodiscard]] bool is_fixed() const { return matrices_.size() == 1; }
  /// Number of iterations after which the matrices repeat; nullopt: they are drawn.
  [[nodiscard]] std::optional<std::int64_t> period() const;
  /// Number of iterations that stand for all where they are listed: a period, or the first 10.
  [[nodiscard]] std::int64_t listed_iterations() const { return period().value_or(10); }
  [[nodiscard]] int nodes() const { return nodes_; }
  /// The edges of any iteration, ascending, each once.
  [[nodiscard]] const Edges& edges() const { return edges_; }

 private:
  int nodes_;
  std::vector<std::shared_ptr<const MixingMatrix>> matrices_;  ///< of a period; empty: drawn
  Draw draw_;
  Edges edges_;
};

}  // namespace gradwire::algorithms
