#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "sim/algorithms/gossip/graph.hpp"
#include "sim/core/choice_names.hpp"

namespace gradwire::algorithms {

/// Weights with which a node mixes its neighbours' models into its own.
enum class MixingKind { metropolis, uniform };

/// In the order of MixingKind.
inline constexpr Choice mixing_choices[] = {
    {"metropolis", "1 / (1 + the larger degree of both ends) for each edge (Metropolis, Hastings)"},
    {"uniform", "1 / (1 + the largest degree of all nodes) for each edge"}};
static_assert(has_row_for_each(mixing_choices, MixingKind::uniform));

/// W [n, n]: symmetric and doubly stochastic, above 0 on edges and on the diagonal of nodes with
/// weight left. Stored by node.
class Mixing {
 public:
  Mixing(const Graph& graph, MixingKind kind);

  [[nodiscard]] int nodes() const { return static_cast<int>(own_.size()); }
  /// W_ii.
  [[nodiscard]] double own_weight(int node) const { return own_[static_cast<std::size_t>(node)]; }
  /// W_ij of the node's neighbours j, in their order in the graph.
  [[nodiscard]] const std::vector<double>& weights(int node) const {
    return weights_[static_cast<std::size_t>(node)];
  }

 private:
  std::vector<double> own_;
  std::vector<std::vector<double>> weights_;
};

/// What convergence depends on.
struct Spectrum {
  double gap = 0;   ///< rho = 1 - the second largest magnitude of W's eigenvalues
  double beta = 0;  ///< ||I - W||_2
};

/// Largest number of nodes whose spectrum is computed (seconds).
inline constexpr int most_nodes_with_spectrum = 2000;

/// nullopt for more than most_nodes_with_spectrum nodes.
[[nodiscard]] std::optional<Spectrum> spectrum_of(const Graph& graph, const Mixing& mixing);

}  // namespace gradwire::algorithms
