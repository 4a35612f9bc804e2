#pragma once

#include <vector>

#include "sim/algorithms/gossip/gossip_method.hpp"
#include "sim/algorithms/gossip/node_models.hpp"

namespace gradwire::algorithms {

/// DCD-PSGD (Tang et al., arXiv 1803.06443, Algorithm 1): messages are compressed changes of the
/// models, of which neighbours hold exact replicas:
///   h = sum_j W_ij x_j - gamma g(x_i); z = h - x_i; x_i <- x_i + C(z)
class DcdPsgd final : public GossipMethod {
 public:
  explicit DcdPsgd(const GossipSetup& setup);

  [[nodiscard]] Model model(int node) const override { return models_.of(node); }
  Message compute(int node, GradientOracle& gradient, const NodeStep& step) override;
  void mix(int node, std::span<const Message> messages, const NodeStep& step) override;
  [[nodiscard]] Bytes state_bytes() const override;
  void save(SavingArchive& archive) const override;
  void load(LoadingArchive& archive) override;

 private:
  NodeModels models_;
  NodeDirections directions_;
  std::vector<Box<Compressor>> compressors_;  ///< [n]
  std::vector<Vector> change_;                ///< [n][d] z
};

extern const GossipKind dcd_psgd_kind;

}  // namespace gradwire::algorithms
