#pragma once

#include <vector>

#include "sim/algorithms/gossip/gossip_method.hpp"
#include "sim/algorithms/gossip/node_models.hpp"

namespace gradwire::algorithms {

/// Stochastic gradient push (Assran et al., arXiv 1811.10792, Algorithm 1): over directed edges,
/// where only the columns of P sum to 1. A node holds x_i and a weight w_i, 1 at first; its model
/// is z_i = x_i / w_i:
///   x_i <- x_i - gamma g(z_i); x_i <- sum_j P_ij x_j; w_i <- sum_j P_ij w_j
/// Messages are a share of x and of w: d + 1 floats.
class PushSum final : public GossipMethod {
 public:
  explicit PushSum(const GossipSetup& setup);

  [[nodiscard]] Model model(int node) const override { return models_.of(node); }
  /// w_i.
  [[nodiscard]] double weight(int node) const {
    return nodes_[static_cast<std::size_t>(node)].weight;
  }
  /// x_i, [d].
  [[nodiscard]] std::span<const float> sum(int node) const {
    return nodes_[static_cast<std::size_t>(node)].sum;
  }
  Message compute(int node, GradientOracle& gradient, const NodeStep& step) override;
  void mix(int node, std::span<const Message> messages, const NodeStep& step) override;
  [[nodiscard]] std::optional<std::int64_t> plain_values() const override { return d_ + 1; }
  [[nodiscard]] Bytes state_bytes() const override;
  void save(SavingArchive& archive) const override;
  void load(LoadingArchive& archive) override;

 private:
  struct Node {
    double weight = 1;       ///< w
    double sent_weight = 1;  ///< w before the exchange
    Vector sum;              ///< x, [d]
    Vector sent;             ///< x after the step, [d]
  };

  std::int64_t d_;
  NodeModels models_;
  NodeDirections directions_;
  std::vector<Node> nodes_;
};

extern const GossipKind push_sum_kind;

}  // namespace gradwire::algorithms
