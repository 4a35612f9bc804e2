#pragma once

#include <vector>

#include "sim/algorithms/gossip/gossip_method.hpp"
#include "sim/algorithms/gossip/node_models.hpp"

namespace gradwire::algorithms {

/// D-PSGD (Lian et al., arXiv 1705.09056, Algorithm 1): x_i <- sum_j W_ij x_j - gamma g_i(x_i); or,
/// step first, x_i <- sum_j W_ij (x_j - gamma g_j(x_j)). Messages are what is mixed, as it is.
class DPsgd final : public GossipMethod {
 public:
  enum class Order { mix_first, step_first };
  DPsgd(const GossipSetup& setup, Order order);

  [[nodiscard]] Model model(int node) const override { return models_.of(node); }
  Message compute(int node, GradientOracle& gradient, const NodeStep& step) override;
  void mix(int node, std::span<const Message> messages, const NodeStep& step) override;
  [[nodiscard]] std::optional<std::int64_t> plain_values() const override { return d_; }
  [[nodiscard]] Bytes state_bytes() const override;
  void save(SavingArchive& archive) const override;
  void load(LoadingArchive& archive) override;

 private:
  Order order_;
  std::int64_t d_;
  NodeModels models_;
  NodeDirections directions_;
  std::vector<Vector> next_;  ///< [n][d] next model, or, step first, what is mixed
};

extern const ChoiceParameter d_psgd_order_parameter;
extern const GossipKind d_psgd_kind;

}  // namespace gradwire::algorithms
