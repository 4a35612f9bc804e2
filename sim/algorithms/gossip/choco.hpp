#pragma once

#include <vector>

#include "sim/algorithms/compressors/compressor.hpp"
#include "sim/algorithms/gossip/gossip_method.hpp"
#include "sim/algorithms/gossip/node_models.hpp"
#include "sim/core/box.hpp"

namespace gradwire::algorithms {

/// CHOCO-SGD: every node's model x_i has a public copy xhat_i, which starts at 0 and which all
/// neighbours hold; messages are compressed changes of it. With s_i = sum_j W_ij (xhat_j - xhat_i):
///   icml (Koloskova et al., arXiv 1902.00340, Algorithm 2): x <- x - gamma g(x); q = C(x - xhat);
///     xhat <- xhat + q; x <- x + consensus s
///   iclr (Koloskova et al., arXiv 1907.09356, Algorithm 1): x <- x + consensus s; q = C(x - xhat);
///     xhat <- xhat + q; x <- x - gamma g(x), with the gradient at the mixed x
/// With l1 = lambda above 0 the mixed model's entries shrink by gamma lambda towards 0
/// (MALCOM-PSGD, arXiv 2311.05760).
///
/// Stores x_i - xhat_i, which the compressor reads, in place of x_i.
class Choco final : public GossipMethod {
 public:
  enum class Order { iclr, icml };
  struct Config {
    Order order = Order::icml;
    float consensus = 0;
    double l1 = 0;
  };
  Choco(const GossipSetup& setup, const Config& config, const Box<Compressor>& compressor);

  [[nodiscard]] Model model(int node) const override { return models_.of(node); }
  Message compute(int node, GradientOracle& gradient, const NodeStep& step) override;
  void mix(int node, std::span<const Message> messages, const NodeStep& step) override;
  [[nodiscard]] Bytes state_bytes() const override;
  void save(SavingArchive& archive) const override;
  void load(LoadingArchive& archive) override;

 private:
  struct Node {
    Box<Compressor> compressor;
    Vector rest;  ///< x - xhat, [d]
    Vector copy;  ///< xhat, [d]
    Vector pull;  ///< s, [d]
  };
  Message send_step(int node, GradientOracle& gradient, const NodeStep& step);
  Message send_mixed(int node, GradientOracle& gradient, const NodeStep& step);
  /// Removes the message from the rest and adds it to the copy.
  static void advance(const Message& message, Node& node);
  [[nodiscard]] Node& at(int node) { return nodes_[static_cast<std::size_t>(node)]; }

  Config config_;
  NodeModels models_;
  NodeDirections directions_;
  std::vector<Node> nodes_;
};

extern const ChoiceParameter choco_order_parameter;
extern const NumberParameter consensus_parameter;
extern const NumberParameter l1_parameter;
extern const GossipKind choco_kind;
extern const GossipKind malcom_kind;

}  // namespace gradwire::algorithms
