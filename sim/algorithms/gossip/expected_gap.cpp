#include "sim/algorithms/gossip/expected_gap.hpp"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <cstdint>

namespace gradwire::algorithms {
namespace {

/// sum <- sum + W^T W. Returns the number of products.
std::int64_t add_square(const MixingMatrix& matrix, Eigen::MatrixXd& sum) {
  std::int64_t products = 0;
  for (int node = 0; node < matrix.nodes(); ++node) {
    const auto index = static_cast<std::size_t>(node);
    std::vector<MixingMatrix::Incoming> row = matrix.incoming[index];
    row.push_back({.from = node, .weight = matrix.own[index]});
    for (const auto& a : row) {
      for (const auto& b : row) sum(a.from, b.from) += double{a.weight} * double{b.weight};
    }
    products += std::ssize(row) * std::ssize(row);
  }
  return products;
}

}  // namespace

std::optional<double> expected_gap(const MixingSchedule& schedule) {
  constexpr std::int64_t most_iterations = 10'000, fewest_iterations = 10, most_work = 1 << 25;
  const int n = schedule.nodes();
  if (n > most_nodes_with_spectrum) return std::nullopt;
  Eigen::MatrixXd sum = Eigen::MatrixXd::Zero(n, n);
  std::int64_t iterations = 0, work = 0;
  while (iterations < most_iterations && (iterations < fewest_iterations || work < most_work)) {
    work += std::ssize(schedule.edges()) + add_square(*schedule.at(iterations++), sum);
  }
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(sum / static_cast<double>(iterations),
                                                              Eigen::EigenvaluesOnly);
  const double second = n < 2 ? 0 : std::max(0.0, solver.eigenvalues()[n - 2]);  // the last is 1
  return 1 - std::sqrt(second);
}

}  // namespace gradwire::algorithms
