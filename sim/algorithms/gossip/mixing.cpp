#include "sim/algorithms/gossip/mixing.hpp"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace gradwire::algorithms {
namespace {

double weight_of(const Graph& graph, MixingKind kind, int a, int b) {
  switch (kind) {
    case MixingKind::metropolis:
      return 1.0 / (1 + std::max(graph.degree(a), graph.degree(b)));
    case MixingKind::uniform:
      return 1.0 / (1 + graph.largest_degree());
  }
  throw std::logic_error("no such mixing");
}

Eigen::MatrixXd matrix_of(const Graph& graph, const Mixing& mixing) {
  Eigen::MatrixXd w = Eigen::MatrixXd::Zero(graph.nodes(), graph.nodes());
  for (int node = 0; node < graph.nodes(); ++node) {
    w(node, node) = mixing.own_weight(node);
    const std::vector<int>& neighbours = graph.neighbours(node);
    for (std::size_t k = 0; k < neighbours.size(); ++k) {
      w(node, neighbours[k]) = mixing.weights(node)[k];
    }
  }
  return w;
}

}  // namespace

Mixing::Mixing(const Graph& graph, MixingKind kind) {
  for (int node = 0; node < graph.nodes(); ++node) {
    std::vector<double>& weights = weights_.emplace_back();
    double sum = 0;
    for (const int neighbour : graph.neighbours(node)) {
      weights.push_back(weight_of(graph, kind, node, neighbour));
      sum += weights.back();
    }
    own_.push_back(1 - sum);
  }
}

std::optional<Spectrum> spectrum_of(const Graph& graph, const Mixing& mixing) {
  if (graph.nodes() > most_nodes_with_spectrum) return std::nullopt;
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(matrix_of(graph, mixing),
                                                              Eigen::EigenvaluesOnly);
  const Eigen::VectorXd& ascending = solver.eigenvalues();  // the last is 1
  const Eigen::Index n = ascending.size();
  const double second = n < 2 ? 0 : std::max(std::abs(ascending[0]), std::abs(ascending[n - 2]));
  return Spectrum{.gap = 1 - second, .beta = 1 - ascending[0]};
}

}  // namespace gradwire::algorithms
