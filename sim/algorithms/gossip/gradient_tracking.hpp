#pragma once

#include <vector>

#include "sim/algorithms/gossip/gossip_method.hpp"
#include "sim/algorithms/gossip/node_models.hpp"

namespace gradwire::algorithms {

/// Distributed stochastic gradient tracking (Pu, Nedic, arXiv 1805.11454): beside its model a node
/// holds y_i, an estimate of the mean gradient, whose mean over nodes is that of the newest
/// gradients:
///   y_i <- sum_j W_ij y_j + g(x_i) - (the gradient before; the first time 0);
///   x_i <- sum_j W_ij (x_j - gamma y_j)
/// Messages are x - gamma y and y: two vectors.
class GradientTracking final : public GossipMethod {
 public:
  explicit GradientTracking(const GossipSetup& setup);

  [[nodiscard]] Model model(int node) const override { return models_.of(node); }
  /// y after its newest gradient, [d].
  [[nodiscard]] std::span<const float> tracker(int node) const {
    return nodes_[static_cast<std::size_t>(node)].tracker;
  }
  Message compute(int node, GradientOracle& gradient, const NodeStep& step) override;
  void mix(int node, std::span<const Message> messages, const NodeStep& step) override;
  [[nodiscard]] std::optional<std::int64_t> plain_values() const override { return 2 * d_; }
  [[nodiscard]] Bytes state_bytes() const override;
  void save(SavingArchive& archive) const override;
  void load(LoadingArchive& archive) override;

 private:
  struct Node {
    Vector tracker;   ///< y as sent, [d]
    Vector mixed;     ///< sum_j W_ij y_j less the newest gradient, [d]
    Vector stepped;   ///< x - gamma y, [d]
    Vector gradient;  ///< the newest, [d]
  };

  std::int64_t d_;
  NodeModels models_;
  NodeDirections directions_;
  std::vector<Node> nodes_;
};

extern const GossipKind gradient_tracking_kind;

}  // namespace gradwire::algorithms
