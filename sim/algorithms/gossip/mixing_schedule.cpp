#include "sim/algorithms/gossip/mixing_schedule.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

namespace gradwire::algorithms {
namespace {

/// The nearest multiple of 2^-24: a sum of them up to 1 is exact.
double on_the_grid(double weight) {
  constexpr int bits = 24;
  return std::ldexp(std::round(std::ldexp(weight, bits)), -bits);
}

}  // namespace

std::vector<std::pair<int, int>> MixingMatrix::edges() const {
  std::vector<std::pair<int, int>> all;
  for (int to = 0; to < nodes(); ++to) {
    for (const Incoming& one : incoming[static_cast<std::size_t>(to)]) {
      all.emplace_back(one.from, to);
    }
  }
  std::ranges::sort(all);
  return all;
}

MixingMatrix mixing_matrix(const Graph& graph, MixingKind kind) {
  const Mixing mixing(graph, kind);
  MixingMatrix matrix;
  for (int node = 0; node < graph.nodes(); ++node) {
    double own = 1;
    std::vector<MixingMatrix::Incoming>& incoming = matrix.incoming.emplace_back();
    const std::vector<int>& neighbours = graph.neighbours(node);
    for (std::size_t k = 0; k < neighbours.size(); ++k) {
      const double weight = on_the_grid(mixing.weights(node)[k]);
      incoming.push_back({.from = neighbours[k], .weight = static_cast<float>(weight)});
      own -= weight;
    }
    matrix.own.push_back(static_cast<float>(own));
  }
  return matrix;
}

MixingMatrix equal_shares(const std::vector<std::vector<int>>& receivers) {
  MixingMatrix matrix;
  matrix.incoming.resize(receivers.size());
  for (std::size_t node = 0; node < receivers.size(); ++node) {
    const auto count = static_cast<double>(receivers[node].size());
    const double share = on_the_grid(1 / (count + 1));
    for (const int to : receivers[node]) {
      matrix.incoming[static_cast<std::size_t>(to)].push_back(
          {.from = static_cast<int>(node), .weight = static_cast<float>(share)});
    }
    matrix.own.push_back(static_cast<float>(1 - count * share));
  }
  return matrix;
}

MixingSchedule::MixingSchedule(std::vector<MixingMatrix> matrices)
    : nodes_(matrices.front().nodes()) {
  for (MixingMatrix& matrix : matrices) {
    const Edges some = matrix.edges();
    edges_.insert(edges_.end(), some.begin(), some.end());
    matrices_.push_back(std::make_shared<const MixingMatrix>(std::move(matrix)));
  }
  std::ranges::sort(edges_);
  const auto repeated = std::ranges::unique(edges_);
  edges_.erase(repeated.begin(), repeated.end());
}

MixingSchedule::MixingSchedule(int nodes, Draw draw, Edges edges)
    : nodes_(nodes), draw_(std::move(draw)), edges_(std::move(edges)) {}

std::shared_ptr<const MixingMatrix> MixingSchedule::at(std::int64_t iteration) const {
  if (matrices_.empty()) return std::make_shared<const MixingMatrix>(draw_(iteration));
  return matrices_[static_cast<std::size_t>(iteration) % matrices_.size()];
}

std::optional<std::int64_t> MixingSchedule::period() const {
  if (matrices_.empty()) return std::nullopt;
  return std::ssize(matrices_);
}

}  // namespace gradwire::algorithms
