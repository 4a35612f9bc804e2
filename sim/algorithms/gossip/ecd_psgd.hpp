#pragma once

#include <vector>

#include "sim/algorithms/gossip/gossip_method.hpp"
#include "sim/algorithms/gossip/node_models.hpp"

namespace gradwire::algorithms {

/// ECD-PSGD (Tang et al., arXiv 1803.06443, Algorithm 2): messages are compressed extrapolations,
/// from which all holders estimate the models by y; in iterations t from 1:
///   h = sum_j W_ij y_j - gamma g(x_i); z = (1 - t/2) x_i + (t/2) h; y_i <- (1 - 2/t) y_i + (2/t)
///   C(z); x_i <- h
class EcdPsgd final : public GossipMethod {
 public:
  explicit EcdPsgd(const GossipSetup& setup);

  [[nodiscard]] Model model(int node) const override { return models_.of(node); }
  Message compute(int node, GradientOracle& gradient, const NodeStep& step) override;
  void mix(int node, std::span<const Message> messages, const NodeStep& step) override;
  [[nodiscard]] Bytes state_bytes() const override;
  void save(SavingArchive& archive) const override;
  void load(LoadingArchive& archive) override;

 private:
  struct Node {
    Box<Compressor> compressor;
    Vector estimate;  ///< y, [d]
    Vector next;      ///< h, [d]
    Vector buffer;    ///< z, [d]
  };

  NodeModels models_;
  NodeDirections directions_;
  std::vector<Node> nodes_;
};

extern const GossipKind ecd_psgd_kind;

}  // namespace gradwire::algorithms
