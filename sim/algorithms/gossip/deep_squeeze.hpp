#pragma once

#include <vector>

#include "sim/algorithms/gossip/gossip_method.hpp"
#include "sim/algorithms/gossip/node_models.hpp"

namespace gradwire::algorithms {

/// DeepSqueeze (Tang et al., arXiv 1907.07346, Algorithm 1): compressed models with an error memory
/// e_i:
///   h = x_i - gamma g(x_i); v = h + e_i; q_i = C(v); e_i <- v - q_i;
///   x_i <- h + consensus sum_j (W_ij - I_ij) q_j
class DeepSqueeze final : public GossipMethod {
 public:
  DeepSqueeze(const GossipSetup& setup, float consensus);

  [[nodiscard]] Model model(int node) const override { return models_.of(node); }
  Message compute(int node, GradientOracle& gradient, const NodeStep& step) override;
  void mix(int node, std::span<const Message> messages, const NodeStep& step) override;
  [[nodiscard]] Bytes state_bytes() const override;
  void save(SavingArchive& archive) const override;
  void load(LoadingArchive& archive) override;

 private:
  struct Node {
    Box<Compressor> compressor;
    Vector error;    ///< e, [d]
    Vector stepped;  ///< h, [d]
  };

  float consensus_;
  NodeModels models_;
  NodeDirections directions_;
  std::vector<Node> nodes_;
};

extern const GossipKind deep_squeeze_kind;

}  // namespace gradwire::algorithms
