#include "sim/algorithms/gossip/topology.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <numbers>
#include <set>

#include "sim/algorithms/gossip/expected_gap.hpp"
#include "sim/algorithms/gossip/mixing.hpp"
#include "sim/algorithms/gossip/random_schedule.hpp"
#include "sim/core/error.hpp"

namespace gradwire::algorithms::topology_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

Graph graph_of(TopologyKind kind, int nodes) {
  return make_topology({.kind = kind}, nodes, 1).graph;
}

TEST(Topology, OfARingJoinsNeighboursOnce) {
  EXPECT_THAT(graph_of(TopologyKind::ring, 4).edges(),
              ElementsAre(Pair(0, 1), Pair(0, 3), Pair(1, 2), Pair(2, 3)));
  EXPECT_THAT(graph_of(TopologyKind::ring, 2).edges(), ElementsAre(Pair(0, 1)));
}

TEST(Topology, OfATorusHasFourNeighboursEach) {
  for (const int nodes : {9, 16, 25, 12}) {
    const Graph graph = graph_of(TopologyKind::torus, nodes);
    for (int node = 0; node < nodes; ++node) EXPECT_EQ(graph.degree(node), 4) << nodes;
  }
  EXPECT_EQ(graph_of(TopologyKind::torus, 7), graph_of(TopologyKind::ring, 7));  // a prime
}

TEST(Topology, OfAStarAndACompleteGraphHaveTheirEdges) {
  EXPECT_EQ(graph_of(TopologyKind::star, 6).edges().size(), 5U);
  EXPECT_EQ(graph_of(TopologyKind::star, 6).degree(0), 5);
  EXPECT_EQ(graph_of(TopologyKind::complete, 6).edges().size(), 15U);
}

TEST(Topology, OfAnExponentialGraphReachesPowersOfTwo) {
  EXPECT_THAT(graph_of(TopologyKind::exponential, 16).neighbours(0),
              ElementsAre(1, 2, 4, 8, 12, 14, 15));
}

TEST(Topology, AtRandomIsRegularConnectedAndAFunctionOfTheSeed) {
  for (const auto& [degree, nodes] : {std::pair(3, 10), {4, 9}, {2, 30}, {9, 10}, {31, 64}}) {
    const TopologyConfig config{.kind = TopologyKind::random_regular, .degree = degree};
    const Graph graph = make_topology(config, nodes, 7).graph;
    EXPECT_TRUE(graph.is_connected());
    for (int node = 0; node < nodes; ++node) EXPECT_EQ(graph.degree(node), degree);
    EXPECT_EQ(graph, make_topology(config, nodes, 7).graph);
  }
  const TopologyConfig config{.kind = TopologyKind::random_regular, .degree = 3};
  EXPECT_NE(make_topology(config, 20, 1).graph, make_topology(config, 20, 2).graph);
}

TEST(Topology, OfErdosAndRenyiHasTheExpectedEdgesAndIsConnected) {
  const TopologyConfig config{.kind = TopologyKind::erdos_renyi, .probability = 0.3};
  constexpr int nodes = 100;
  const double pairs = nodes * (nodes - 1) / 2.0;
  const Graph graph = make_topology(config, nodes, 1).graph;
  EXPECT_NEAR(static_cast<double>(graph.edges().size()), 0.3 * pairs,
              5 * std::sqrt(pairs * 0.3 * 0.7));
  const Topology sparse =
      make_topology({.kind = TopologyKind::erdos_renyi, .probability = 0.2}, 12, 3);
  EXPECT_TRUE(sparse.graph.is_connected());
}

TEST(Topology, CountsItsDraws) {
  int draws = 0;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    draws +=
        make_topology({.kind = TopologyKind::erdos_renyi, .probability = 0.25}, 10, seed).draws;
  }
  EXPECT_GT(draws, 50);  // about a half of such graphs are not connected
}

TEST(Topology, ThatCannotBeIsRefused) {
  const auto refused = [](const TopologyConfig& config, int nodes, const char* words) {
    EXPECT_THAT(topology_problem(config, nodes), HasSubstr(words));
    EXPECT_THROW(static_cast<void>(make_topology(config, nodes, 1)), InputError);
  };
  refused({.kind = TopologyKind::ring}, 1, "at least 2 workers");
  refused({.kind = TopologyKind::random_regular, .degree = 8}, 8, "below the number of workers, 8");
  refused({.kind = TopologyKind::random_regular, .degree = 3}, 9, "product is odd");
  refused({.kind = TopologyKind::random_regular, .degree = 1}, 4, "at least 2");
  EXPECT_THROW(static_cast<void>(
                   make_topology({.kind = TopologyKind::erdos_renyi, .probability = 1e-6}, 50, 1)),
               InputError);
}

TEST(EdgeList, IsRead) {
  const Graph graph = algorithms::graph_of(
      listed_edges("# a path\n0 1\n\n1\t2 # and on\r\n2 1\n", "edges.txt", 3), 3);
  EXPECT_THAT(graph.edges(), ElementsAre(Pair(0, 1), Pair(1, 2)));
}

TEST(EdgeList, NamesTheLineOfAMistake) {
  const auto message = [](const char* text) {
    try {
      static_cast<void>(algorithms::graph_of(listed_edges(text, "edges.txt", 3), 3));
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return std::string("none");
  };
  EXPECT_THAT(message("0 1\n1 x\n"), HasSubstr("edges.txt: line 2: expected two nodes"));
  EXPECT_THAT(message("0 1 2\n"), HasSubstr("line 1: expected two nodes"));
  EXPECT_THAT(message("0 3\n"), HasSubstr("expected nodes from 0 to 2, one per worker, got 3"));
  EXPECT_THAT(message("0 -1\n"), HasSubstr("got -1"));
  EXPECT_THAT(message("1 1\n"), HasSubstr("joined to itself"));
  EXPECT_THAT(message("0 1\n"), HasSubstr("not connected"));
  EXPECT_THAT(message("99999999999 1\n"), HasSubstr("expected two nodes"));
}

struct MixingCase {
  TopologyConfig topology;
  int nodes;
  MixingKind mixing;
};

class MixingMatrix : public testing::TestWithParam<MixingCase> {};

TEST_P(MixingMatrix, IsSymmetricAndDoublyStochastic) {
  const auto& [config, nodes, kind] = GetParam();
  const Graph graph = make_topology(config, nodes, 5).graph;
  const Mixing mixing(graph, kind);
  std::map<std::pair<int, int>, double> weights;
  for (int node = 0; node < nodes; ++node) {
    double row = mixing.own_weight(node);
    EXPECT_GT(row, -1e-12);
    for (std::size_t k = 0; k < graph.neighbours(node).size(); ++k) {
      const double weight = mixing.weights(node)[k];
      EXPECT_GT(weight, 0);
      weights[{node, graph.neighbours(node)[k]}] = weight;
      row += weight;
    }
    EXPECT_NEAR(row, 1, 1e-12);
  }
  for (const auto& [edge, weight] : weights) {
    EXPECT_EQ(weight, weights.at({edge.second, edge.first}));
  }
  EXPECT_GT(spectrum_of(graph, mixing)->gap, 0);
}

INSTANTIATE_TEST_SUITE_P(
    Topologies, MixingMatrix,
    testing::Values(MixingCase{{.kind = TopologyKind::ring}, 8, MixingKind::metropolis},
                    MixingCase{{.kind = TopologyKind::star}, 9, MixingKind::metropolis},
                    MixingCase{{.kind = TopologyKind::star}, 9, MixingKind::uniform},
                    MixingCase{{.kind = TopologyKind::erdos_renyi}, 20, MixingKind::metropolis},
                    MixingCase{{.kind = TopologyKind::exponential}, 10, MixingKind::uniform}));

Spectrum spectrum(TopologyKind kind, int nodes) {
  const Graph graph = graph_of(kind, nodes);
  return spectrum_of(graph, Mixing(graph, MixingKind::metropolis)).value();
}

TEST(Spectrum, OfRingsIsTheirClosedForm) {
  for (const int nodes : {8, 16, 31}) {
    const double second = (1 + 2 * std::cos(2 * std::numbers::pi / nodes)) / 3;
    EXPECT_NEAR(spectrum(TopologyKind::ring, nodes).gap, 1 - second, 1e-12);
  }
  EXPECT_NEAR(spectrum(TopologyKind::ring, 8).gap, 0.19526, 5e-6);
  EXPECT_NEAR(spectrum(TopologyKind::ring, 16).gap, 0.05075, 5e-6);
  EXPECT_NEAR(spectrum(TopologyKind::ring, 8).beta, 4.0 / 3, 1e-12);
}

TEST(Spectrum, OfACompleteGraphIsOne) {
  EXPECT_NEAR(spectrum(TopologyKind::complete, 12).gap, 1, 1e-12);
}

MixingSchedule matchings(TopologyKind kind, int nodes, std::uint64_t seed) {
  return matching_schedule(graph_of(kind, nodes), seed, [](const Graph& graph) {
    return mixing_matrix(graph, MixingKind::metropolis);
  });
}

MixingSchedule resampled(const TopologyConfig& config, int nodes, MixingKind mixing) {
  return resampled_schedule(config, nodes, 3,
                            [mixing](const Graph& graph) { return mixing_matrix(graph, mixing); });
}

/// [n, n]
std::vector<std::vector<double>> dense(const algorithms::MixingMatrix& matrix) {
  const auto n = static_cast<std::size_t>(matrix.nodes());
  std::vector<std::vector<double>> w(n, std::vector<double>(n, 0.0));
  for (std::size_t to = 0; to < n; ++to) {
    w[to][to] = matrix.own[to];
    for (const auto& [from, weight] : matrix.incoming[to]) {
      w[to][static_cast<std::size_t>(from)] = weight;
    }
  }
  return w;
}

TEST(DrawnSchedule, IsSymmetricAndDoublyStochasticInEachIteration) {
  const MixingSchedule schedules[] = {
      matchings(TopologyKind::torus, 12, 5),
      resampled({.kind = TopologyKind::erdos_renyi, .probability = 0.2}, 12,
                MixingKind::metropolis),
      resampled({.kind = TopologyKind::random_regular, .degree = 3}, 12, MixingKind::uniform)};
  for (const MixingSchedule& schedule : schedules) {
    for (std::int64_t t = 0; t < 50; ++t) {
      const auto w = dense(*schedule.at(t));
      for (std::size_t i = 0; i < w.size(); ++i) {
        double row = 0;
        for (std::size_t j = 0; j < w.size(); ++j) {
          EXPECT_EQ(w[i][j], w[j][i]);
          EXPECT_GE(w[i][j], 0);
          row += w[i][j];
        }
        EXPECT_EQ(row, 1);  // exact: the weights are multiples of 2^-24
      }
    }
  }
}

TEST(DrawnSchedule, IsAFunctionOfSeedAndIterationAndChanges) {
  const auto one = matchings(TopologyKind::complete, 12, 5), same = one,
             other = matchings(TopologyKind::complete, 12, 6);
  EXPECT_FALSE(one.is_fixed());
  EXPECT_EQ(one.period(), std::nullopt);
  for (const std::int64_t t : {7, 3, 7}) EXPECT_EQ(dense(*one.at(t)), dense(*same.at(t)));
  EXPECT_NE(dense(*one.at(7)), dense(*one.at(8)));
  EXPECT_NE(dense(*one.at(7)), dense(*other.at(7)));
}

TEST(DrawnSchedule, MatchesPairsAlongEdgesAndLeavesNoFurtherPair) {
  const Graph ring = graph_of(TopologyKind::ring, 9);
  const auto schedule = matchings(TopologyKind::ring, 9, 1);
  EXPECT_EQ(schedule.edges().size(), 18U);
  std::set<std::pair<int, int>> seen;
  for (std::int64_t t = 0; t < 100; ++t) {
    std::vector<int> pairs(9, 0);
    const auto matrix = schedule.at(t);
    for (const auto& [from, to] : matrix->edges()) {
      EXPECT_TRUE(ring.has_edge(from, to));
      ++pairs[static_cast<std::size_t>(from)];
      seen.insert({from, to});
      EXPECT_EQ(matrix->own[static_cast<std::size_t>(from)], 0.5F);
    }
    for (const auto& [a, b] : ring.edges()) {
      EXPECT_GT(pairs[static_cast<std::size_t>(a)] + pairs[static_cast<std::size_t>(b)], 0);
    }
    for (const int count : pairs) EXPECT_LE(count, 1);
  }
  EXPECT_EQ(seen.size(), 18U);  // every edge both ways: connected in the union
}

TEST(DrawnSchedule, OfErdosAndRenyiHasTheExpectedEdgesThoughNotConnected) {
  const auto schedule =
      resampled({.kind = TopologyKind::erdos_renyi, .probability = 0.1}, 20, MixingKind::uniform);
  double edges = 0;
  for (std::int64_t t = 0; t < 400; ++t) {
    edges += static_cast<double>(schedule.at(t)->edges().size()) / 2;
  }
  constexpr double expected = 400 * 190 * 0.1;
  EXPECT_NEAR(edges, expected, 5 * std::sqrt(expected * 0.9));
  EXPECT_EQ(schedule.edges().size(), 380U);
}

TEST(DrawnSchedule, OfDegreeOneIsAPerfectMatching) {
  const TopologyConfig config{
      .kind = TopologyKind::random_regular, .degree = 1, .schedule = TopologySchedule::resampled};
  EXPECT_EQ(topology_problem(config, 8), "");
  const auto schedule = resampled(config, 8, MixingKind::metropolis);
  for (std::int64_t t = 0; t < 20; ++t) EXPECT_EQ(schedule.at(t)->edges().size(), 8U);
}

// E[W] = E[W^T W] for pairs. On a complete graph each edge is in a matching with probability
// 1 / (n - 1), so that the second eigenvalue is 1 - n / (2 (n - 1)); on a star with one of its n -
// 1 edges 1 - 1 / (2 (n - 1)).
TEST(ExpectedGap, OfPairsIsTheClosedForm) {
  constexpr int n = 8;
  EXPECT_NEAR(expected_gap(matchings(TopologyKind::complete, n, 1)).value(),
              1 - std::sqrt(1 - n / (2.0 * (n - 1))), 0.01);
  EXPECT_NEAR(expected_gap(matchings(TopologyKind::star, n, 1)).value(),
              1 - std::sqrt(1 - 1 / (2.0 * (n - 1))), 0.003);
}

TEST(ExpectedGap, OfAMatrixThatDoesNotChangeIsItsSpectralGap) {
  const Graph graph = graph_of(TopologyKind::ring, 10);
  const MixingSchedule schedule(
      10, [&](std::int64_t) { return mixing_matrix(graph, MixingKind::metropolis); }, {});
  EXPECT_NEAR(expected_gap(schedule).value(), spectrum(TopologyKind::ring, 10).gap, 1e-6);
}

}  // namespace
}  // namespace gradwire::algorithms::topology_test
