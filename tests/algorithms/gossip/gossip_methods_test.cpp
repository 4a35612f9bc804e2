#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <sstream>

#include "sim/algorithms/gossip/choco.hpp"
#include "sim/algorithms/gossip/directed.hpp"
#include "sim/algorithms/gossip/gradient_tracking.hpp"
#include "sim/algorithms/gossip/push_sum.hpp"
#include "sim/algorithms/gossip/random_schedule.hpp"
#include "sim/algorithms/gossip/topology.hpp"
#include "sim/algorithms/methods.hpp"
#include "sim/core/archive.hpp"
#include "tests/support/quadratic.hpp"

// Properties of the decentralised methods that theory states, on a sum of quadratics.

namespace gradwire::algorithms::gossip_methods_test {
namespace {

using testing_support::Quadratic;
using testing_support::two_tensors;

constexpr std::int64_t d = 40;

MixingSchedule on(TopologyKind kind, int nodes) {
  return MixingSchedule(
      {mixing_matrix(make_topology({.kind = kind}, nodes, 1).graph, MixingKind::metropolis)});
}

AlgorithmConfig named(std::string name, std::string compress = "") {
  AlgorithmConfig config;
  config.name = std::move(name);
  config.compress = std::move(compress);
  return config;
}

/// Nodes with different objectives and equal initial models.
class Nodes {
 public:
  Nodes(const AlgorithmConfig& config, MixingSchedule mixing, double noise = 0.5)
      : mixing_(std::move(mixing)),
        problem_(mixing_.nodes(), two_tensors(d), 3, noise),
        method_(make_gossip(config, problem_.layout(), problem_.initial_parameters(),
                            mixing_.nodes())) {}

  void run(std::int64_t iterations, double gamma) {
    for (std::int64_t i = 0; i < iterations; ++i) step(gamma);
  }
  void step(double gamma) {
    messages_.clear();
    gradients_.clear();
    open_ = mixing_.at(t_);
    for (int node = 0; node < nodes(); ++node) {
      const Model own = method_->model(node);
      const auto batch = problem_.minibatch(node, t_, own);
      const auto g = batch->at(own);
      gradients_.emplace_back(g.begin(), g.end());
      messages_.push_back(method_->compute(node, *batch, at(node, gamma)));
    }
    for (int node = 0; node < nodes(); ++node) method_->mix(node, messages_, at(node, gamma));
    ++t_;
  }

  /// The next iteration is one that was already made.
  void go_back(std::int64_t iterations) { t_ -= iterations; }

  [[nodiscard]] int nodes() const { return mixing_.nodes(); }
  [[nodiscard]] std::span<const float> model(int node) const {
    return method_->model(node)->parameters();
  }
  [[nodiscard]] std::vector<double> mean() const {
    std::vector<double> sum(d, 0.0);
    for (int node = 0; node < nodes(); ++node) {
      for (std::size_t i = 0; i < d; ++i) sum[i] += double{model(node)[i]} / nodes();
    }
    return sum;
  }
  [[nodiscard]] std::vector<double> mean_gradient() const {
    std::vector<double> sum(d, 0.0);
    for (const Vector& g : gradients_) {
      for (std::size_t i = 0; i < d; ++i) sum[i] += double{g[i]} / nodes();
    }
    return sum;
  }
  /// sum over nodes of ||x_i - mean||^2.
  [[nodiscard]] double disagreement() const {
    const auto centre = mean();
    double sum = 0;
    for (int node = 0; node < nodes(); ++node) {
      for (std::size_t i = 0; i < d; ++i) sum += std::pow(model(node)[i] - centre[i], 2);
    }
    return sum;
  }
  [[nodiscard]] const GossipMethod& method() const { return *method_; }
  [[nodiscard]] GossipMethod& method() { return *method_; }
  [[nodiscard]] const std::vector<Message>& messages() const { return messages_; }

 private:
  [[nodiscard]] NodeStep at(int node, double gamma) const {
    return {.context = {.iteration = t_,
                        .worker = node,
                        .random = random_key(static_cast<std::uint64_t>(1000 * t_ + node)),
                        .shared = random_key(static_cast<std::uint64_t>(t_))},
            .gamma = gamma,
            .mixing = *open_};
  }

  MixingSchedule mixing_;
  std::shared_ptr<const MixingMatrix> open_;  ///< of the open iteration
  Quadratic problem_;
  std::unique_ptr<GossipMethod> method_;
  std::vector<Message> messages_;
  std::vector<Vector> gradients_;
  std::int64_t t_ = 0;
};

void expect_same_models(const Nodes& a, const Nodes& b, double tolerance) {
  for (int node = 0; node < a.nodes(); ++node) {
    for (std::size_t i = 0; i < d; ++i) {
      EXPECT_NEAR(a.model(node)[i], b.model(node)[i], tolerance) << "node " << node;
    }
  }
}

TEST(MixingMatrix, HasRowsAndColumnsThatSumExactlyToOne) {
  for (const TopologyKind kind : {TopologyKind::ring, TopologyKind::star, TopologyKind::complete,
                                  TopologyKind::exponential, TopologyKind::erdos_renyi}) {
    const MixingMatrix w =
        mixing_matrix(make_topology({.kind = kind}, 13, 2).graph, MixingKind::metropolis);
    for (std::size_t node = 0; node < 13; ++node) {
      double sum = double{w.own[node]};
      for (const auto& one : w.incoming[node]) {
        sum += double{one.weight};
        const auto& back = w.incoming[static_cast<std::size_t>(one.from)];
        EXPECT_THAT(back,
                    testing::Contains(MixingMatrix::Incoming{static_cast<int>(node), one.weight}));
      }
      EXPECT_EQ(sum, 1.0);
    }
  }
}

struct Case {
  const char* name;
  const char* compress;
  const char* order;
};

/// The mean of the models moves by -gamma times the mean of the gradients, whatever is compressed.
TEST(Gossip, MovesTheMeanByTheMeanGradient) {
  for (const Case& one : {Case{"d_psgd", "", "mix_first"}, Case{"d_psgd", "", "step_first"},
                          Case{"choco", "top_k", "icml"}, Case{"choco", "sign", "icml"},
                          Case{"choco", "qsgd", "icml"}, Case{"choco", "random_k", "icml"},
                          Case{"deep_squeeze", "top_k", ""}}) {
    AlgorithmConfig config = named(one.name, one.compress);
    if (*one.order != '\0') config.values["order"] = std::string(one.order);
    if (config.compress == "top_k" || config.compress == "random_k") config.values["density"] = 0.1;
    Nodes nodes(config, on(TopologyKind::ring, 8));
    nodes.run(20, 0.05);
    const auto before = nodes.mean();
    nodes.step(0.05);
    const auto after = nodes.mean(), g = nodes.mean_gradient();
    for (std::size_t i = 0; i < d; ++i) {
      EXPECT_NEAR(after[i], before[i] - 0.05 * g[i], 1e-5) << one.name << " " << one.compress;
    }
  }
}

TEST(Gossip, WithoutGradientsShrinksDisagreementAsTheSpectralGapSays) {
  const Graph ring = make_topology({.kind = TopologyKind::ring}, 8, 1).graph;
  const double gap = spectrum_of(ring, Mixing(ring, MixingKind::metropolis))->gap;
  Nodes nodes(named("d_psgd"), on(TopologyKind::ring, 8));
  nodes.run(5, 0.1);
  for (int i = 0; i < 10; ++i) {
    const double before = nodes.disagreement();
    nodes.step(0);
    EXPECT_LE(nodes.disagreement(), (1 - gap) * (1 - gap) * before * (1 + 1e-5));
  }
}

TEST(Choco, WithIdentityAndAFullConsensusStepIsDPsgd) {
  for (const auto& [order, same] : {std::pair{"icml", "step_first"}, {"iclr", "mix_first"}}) {
    AlgorithmConfig choco = named("choco", "identity");
    choco.set(consensus_parameter, 1.0).values["order"] = std::string(order);
    AlgorithmConfig plain = named("d_psgd");
    plain.values["order"] = std::string(same);
    Nodes a(choco, on(TopologyKind::ring, 8)), b(plain, on(TopologyKind::ring, 8));
    for (int i = 0; i < 30; ++i) {
      a.step(0.05);
      b.step(0.05);
      expect_same_models(a, b, 1e-5);
    }
  }
}

TEST(Choco, WithoutGradientsAgreesLinearly) {
  AlgorithmConfig config = named("choco", "top_k");
  config.set(consensus_parameter, 0.2).values["density"] = 0.1;
  Nodes nodes(config, on(TopologyKind::ring, 8));
  nodes.run(5, 0.1);
  const double before = nodes.disagreement();
  nodes.run(600, 0);
  EXPECT_LT(nodes.disagreement(), 1e-9 * before);
}

TEST(Choco, IsTheSameWhetherPullsAreKeptOrComputedAnew) {
  AlgorithmConfig config = named("choco", "top_k");
  config.values["density"] = 0.2;
  const MixingMatrix ring = *on(TopologyKind::ring, 8).at(0);
  Nodes kept(config, MixingSchedule({ring})), anew(config, MixingSchedule({ring, ring}));
  kept.run(50, 0.05);
  anew.run(50, 0.05);
  expect_same_models(kept, anew, 1e-4);
}

TEST(Malcom, WithoutL1IsChoco) {
  AlgorithmConfig choco = named("choco", "qsgd"), malcom = named("malcom", "qsgd");
  for (AlgorithmConfig* config : {&choco, &malcom}) {
    config->set(consensus_parameter, 0.2).values["levels"] = std::int64_t{16};
    config->values["bucket"] = std::string("model");
  }
  malcom.set(l1_parameter, 0.0);
  Nodes a(choco, on(TopologyKind::ring, 8)), b(malcom, on(TopologyKind::ring, 8));
  a.run(20, 0.05);
  b.run(20, 0.05);
  expect_same_models(a, b, 0);
}

/// x = argmin ||x - z||^2 / 2 + threshold ||x||_1, where z is what the same step gives without l1.
TEST(Malcom, EndsWithTheProximalStep) {
  const double gamma = 0.1, l1 = 0.5;
  AlgorithmConfig config = named("malcom");
  config.set(consensus_parameter, 0.2).set(l1_parameter, l1);
  AlgorithmConfig without = config;
  without.set(l1_parameter, 0.0);
  Nodes a(config, on(TopologyKind::ring, 8)), b(without, on(TopologyKind::ring, 8));
  a.step(gamma);
  b.step(gamma);
  for (int node = 0; node < 8; ++node) {
    for (std::size_t i = 0; i < d; ++i) {
      const double x = a.model(node)[i], z = b.model(node)[i], threshold = gamma * l1;
      if (x == 0) {
        EXPECT_LE(std::abs(z), threshold + 1e-6);
      } else {
        EXPECT_NEAR(z - x, std::copysign(threshold, x), 1e-6);
      }
    }
  }
}

TEST(DcdAndEcd, WithIdentityAreDPsgd) {
  for (const char* name : {"dcd_psgd", "ecd_psgd"}) {
    Nodes a(named(name, "identity"), on(TopologyKind::ring, 8));
    Nodes b(named("d_psgd"), on(TopologyKind::ring, 8));
    a.run(40, 0.05);
    b.run(40, 0.05);
    expect_same_models(a, b, 1e-4);
  }
}

/// Replicas that neighbours advance by the messages alone are the true models, bit for bit.
TEST(Dcd, HasReplicasThatAreTheModels) {
  Nodes nodes(named("dcd_psgd"), on(TopologyKind::ring, 6));
  std::vector<Vector> replicas;
  for (int node = 0; node < 6; ++node) {
    replicas.emplace_back(nodes.model(node).begin(), nodes.model(node).end());
  }
  for (int t = 0; t < 25; ++t) {
    nodes.step(0.05);
    for (std::size_t node = 0; node < 6; ++node) {
      add_to(nodes.messages()[node], replicas[node]);
      EXPECT_THAT(nodes.model(static_cast<int>(node)),
                  testing::ElementsAreArray(replicas[node].begin(), replicas[node].end()));
    }
  }
}

/// W = 1/n: all nodes make the step of mean SGD.
TEST(DPsgd, OnACompleteGraphIsMeanSgd) {
  AlgorithmConfig config = named("d_psgd");
  config.values["order"] = std::string("step_first");
  Nodes nodes(config, on(TopologyKind::complete, 5));
  for (int t = 0; t < 10; ++t) {
    const auto before = nodes.mean();
    nodes.step(0.05);
    const auto g = nodes.mean_gradient();
    for (int node = 0; node < 5; ++node) {
      for (std::size_t i = 0; i < d; ++i) {
        EXPECT_NEAR(nodes.model(node)[i], before[i] - 0.05 * g[i], 1e-5);
      }
    }
  }
}

TEST(GradientTracking, HasTrackersWhoseMeanIsThatOfTheGradients) {
  Nodes nodes(named("gradient_tracking"), on(TopologyKind::ring, 8));
  const auto& method = dynamic_cast<const GradientTracking&>(nodes.method());
  for (int t = 0; t < 20; ++t) {
    nodes.step(0.05);
    const auto g = nodes.mean_gradient();
    for (std::size_t i = 0; i < d; ++i) {
      double mean = 0;
      for (int node = 0; node < 8; ++node) mean += double{method.tracker(node)[i]} / 8;
      EXPECT_NEAR(mean, g[i], 1e-4);
    }
  }
}

/// Of different objectives and a constant step, D-PSGD's nodes stay apart; with tracked gradients
/// all reach the optimum.
TEST(GradientTracking, ReachesTheOptimumWithAConstantStep) {
  Nodes tracked(named("gradient_tracking"), on(TopologyKind::ring, 8), 0);
  Nodes plain(named("d_psgd"), on(TopologyKind::ring, 8), 0);
  tracked.run(500, 0.1);
  plain.run(500, 0.1);
  EXPECT_LT(tracked.disagreement(), 1e-9);
  EXPECT_GT(plain.disagreement(), 0.1);
}

TEST(PushSum, OverDirectedEdgesAgreesOnTheMean) {
  const Receivers receivers{{1, 2}, {2}, {3}, {4, 0}, {0}};  // out-degrees differ
  ASSERT_TRUE(is_strongly_connected(receivers));
  Nodes nodes(named("push_sum"), MixingSchedule({equal_shares(receivers)}));
  const auto& method = dynamic_cast<const PushSum&>(nodes.method());
  nodes.run(5, 0.1);
  const auto sum_of = [&](std::size_t i) {
    double sum = 0;
    for (int node = 0; node < 5; ++node) sum += double{method.sum(node)[i]};
    return sum;
  };
  const double before = sum_of(7);
  nodes.run(200, 0);
  double weights = 0;
  for (int node = 0; node < 5; ++node) weights += method.weight(node);
  EXPECT_NEAR(weights, 5, 1e-12);
  EXPECT_NEAR(sum_of(7), before, 1e-5 * std::abs(before) + 1e-5);
  for (int node = 0; node < 5; ++node) {
    EXPECT_NEAR(nodes.model(node)[7], before / 5, 1e-5);
    EXPECT_GT(std::abs(method.weight(node) - 1), 0.01) << "in-degrees differ as well";
  }
}

/// The products of the one-peer matrices of 2^k nodes are the mean after k iterations.
TEST(OnePeer, AveragesExactlyInLogarithmicTime) {
  for (const bool is_directed : {false, true}) {
    Nodes nodes(named(is_directed ? "push_sum" : "d_psgd"),
                MixingSchedule(one_peer_matrices(8, is_directed)));
    nodes.run(3, 0.1);
    EXPECT_GT(nodes.disagreement(), 1e-3);
    nodes.run(3, 0);
    EXPECT_LT(nodes.disagreement(), 1e-9);
  }
}

TEST(DrawnGraphs, KeepTheMeanAndBringNodesTogether) {
  const Graph ring = make_topology({.kind = TopologyKind::ring}, 8, 1).graph;
  for (const char* name : {"d_psgd", "deep_squeeze", "gradient_tracking", "push_sum"}) {
    const auto weights_of = [](const Graph& graph) {
      return mixing_matrix(graph, MixingKind::metropolis);
    };
    const bool compresses = std::string_view(name) == "deep_squeeze";
    Nodes nodes(compresses ? named(name, "identity") : named(name),
                matching_schedule(ring, 4, weights_of));
    nodes.run(5, 0.05);
    const auto before = nodes.mean();
    const double apart = nodes.disagreement();
    nodes.run(300, 0);
    for (std::size_t i = 0; i < before.size(); ++i) {
      EXPECT_NEAR(nodes.mean()[i], before[i], 1e-4) << name;
    }
    EXPECT_LT(nodes.disagreement(), 0.05 * apart) << name;
  }
}

TEST(Gossip, ContinuesFromASavedStateBitForBit) {
  for (const Method& row : methods()) {
    if (row.gossip == nullptr) continue;
    AlgorithmConfig config = named(std::string(row.name));
    config.values["momentum"] = 0.9;
    Nodes whole(config, on(TopologyKind::ring, 4)), resumed(config, on(TopologyKind::ring, 4));
    whole.run(6, 0.02);
    resumed.run(6, 0.02);
    std::stringstream stream;
    {
      SavingArchive archive(stream);
      whole.method().save(archive);
    }
    resumed.run(1, 0.5);  // a state of its own
    {
      LoadingArchive archive(stream);
      resumed.method().load(archive);
    }
    resumed.go_back(1);
    whole.run(4, 0.02);
    resumed.run(4, 0.02);
    expect_same_models(whole, resumed, 0);
  }
}

}  // namespace
}  // namespace gradwire::algorithms::gossip_methods_test
