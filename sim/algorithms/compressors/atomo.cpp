#include "sim/algorithms/compressors/atomo.hpp"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <utility>

#include "sim/kernels/arithmetic.hpp"
#include "sim/kernels/products.hpp"

namespace gradwire::algorithms {
namespace {

constexpr Parameter atomo_parameters[] = {&rank_parameter};

/// The first draw of `attempt` and later ones in which something is kept. Probabilities are
/// multiples of 2^-32.
std::vector<std::size_t> draw(const RandomKey& key, std::span<const double> probabilities) {
  std::vector<std::size_t> kept;
  for (std::uint32_t counter = 0; kept.empty();) {
    for (std::size_t i = 0; i < probabilities.size(); ++i) {
      if (random_bits(key, counter++) < std::floor(probabilities[i] * 0x1p32)) kept.push_back(i);
    }
  }
  return kept;
}

/// 1 - prod_i (1 - p_i).
double probability_of_any(std::span<const double> probabilities) {
  double none = 1.0;
  for (const double p : probabilities) none *= 1.0 - p;
  return 1.0 - none;
}

/// What is kept of a matrix: u [n, r], s [r] and v^T [r, m].
struct Terms {
  Vector u;
  Vector s;
  Vector v;
};

/// A [n, m] and what is decomposed of it: the rows of `shorter` are those of A or of A^T, whichever
/// are fewer.
struct Sides {
  std::vector<double> shorter;  ///< [k, long side], k = min(n, m)
  std::size_t k = 0;
  std::size_t length = 0;
};

Sides sides_of(std::span<const float> a, std::size_t n, std::size_t m) {
  Sides sides{.shorter = std::vector<double>(a.begin(), a.end()), .k = n, .length = m};
  if (n <= m) return sides;
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < m; ++j) sides.shorter[j * n + i] = a[i * m + j];
  }
  return {.shorter = std::move(sides.shorter), .k = m, .length = n};
}

/// The eigenvectors w_i of A A^T (or A^T A, if that is smaller) and singular values, largest first.
/// A = sum_i w_i (w_i^T A) to rounding, also where singular values are inexact, so that the
/// expectation of random terms of it is A.
struct Decomposition {
  Eigen::MatrixXd vectors;  ///< [k, k], a column each
  std::vector<double> s;    ///< [k]
};

Decomposition decompose(const Sides& sides) {
  const auto k = static_cast<Eigen::Index>(sides.k);
  Eigen::MatrixXd gram(k, k);  // symmetric: the order of storage does not matter
  products_of_rows(sides.shorter, sides.shorter, sides.length, {gram.data(), sides.k * sides.k});
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(gram);
  Decomposition result{.vectors = solver.eigenvectors().rowwise().reverse(), .s = {}};
  for (Eigen::Index i = k - 1; i >= 0; --i) {
    result.s.push_back(std::sqrt(std::max(0.0, solver.eigenvalues()[i])));
  }
  return result;
}

/// w^T A, and its norm.
struct OtherSide {
  std::vector<double> values;
  double norm = 0;
};

OtherSide project(const Sides& sides, const double* w) {
  OtherSide other{.values = std::vector<double>(sides.length)};
  for (std::size_t i = 0; i < sides.k; ++i) {
    for (std::size_t j = 0; j < sides.length; ++j) {
      other.values[j] += w[i] * sides.shorter[i * sides.length + j];
    }
  }
  for (const double x : other.values) other.norm += x * x;
  other.norm = std::sqrt(other.norm);
  return other;
}

Terms keep_terms(std::span<const float> a, std::size_t n, std::size_t m, double rank,
                 const RandomKey& key) {
  if (!all_finite(a)) {  // a diverged gradient stays one
    constexpr float nan = std::numeric_limits<float>::quiet_NaN();
    return {.u = Vector(n, 1.0F), .s = {nan}, .v = Vector(m, 1.0F)};
  }
  const Sides sides = sides_of(a, n, m);
  const Decomposition found = decompose(sides);
  const std::vector<double> probabilities = atomo_probabilities(found.s, rank);
  const std::vector<std::size_t> kept = draw(key, probabilities);
  const double any = probability_of_any(probabilities);
  const std::size_t r = kept.size();
  Terms terms{.u = Vector(n * r), .s = Vector(r), .v = Vector(m * r)};
  for (std::size_t t = 0; t < r; ++t) {
    const double* const w = found.vectors.data() + kept[t] * sides.k;
    const OtherSide other = project(sides, w);
    terms.s[t] = static_cast<float>(other.norm * any / probabilities[kept[t]]);
    const double to_unit = other.norm > 0 ? 1 / other.norm : 0.0;
    const bool rows_are_shorter = n <= m;
    for (std::size_t i = 0; i < n; ++i) {
      const double entry = rows_are_shorter ? w[i] : other.values[i] * to_unit;
      terms.u[i * r + t] = static_cast<float>(entry);
    }
    for (std::size_t j = 0; j < m; ++j) {
      const double entry = rows_are_shorter ? other.values[j] * to_unit : w[j];
      terms.v[t * m + j] = static_cast<float>(entry);
    }
  }
  return terms;
}

}  // namespace

std::vector<double> atomo_probabilities(std::span<const double> s, double r) {
  const double sum = std::accumulate(s.begin(), s.end(), 0.0);
  std::vector<double> probabilities;
  for (const double value : s) probabilities.push_back(std::min(1.0, r * value / sum));
  if (!(sum > 0.0)) {
    std::ranges::fill(probabilities, 0.0);
    probabilities.front() = 1.0;
  }
  return probabilities;
}

std::vector<FactoredTensor> atomo_matrices(const Layout& layout) {
  std::vector<FactoredTensor> matrices;
  for (const TensorSlot& tensor : layout.tensors()) {
    const std::vector<std::int64_t>& shape = tensor.shape;
    if (tensor.size == 0 || shape.empty()) continue;
    const auto extent = [&](std::size_t i) { return static_cast<std::size_t>(shape[i]); };
    std::size_t columns = 0;
    if (shape.size() == 1) {
      if (tensor.size % 2 != 0) continue;
      columns = 2;
    } else {
      const std::size_t inner = tensor.size / (extent(0) * extent(1));
      const bool halves = extent(0) * extent(1) % 2 == 0;
      columns = inner == 1 ? extent(1) : (halves ? 2 * inner : inner);
    }
    const std::size_t rows = tensor.size / columns;
    matrices.push_back({.offset = static_cast<std::uint32_t>(tensor.offset),
                        .rows = static_cast<std::uint32_t>(rows),
                        .columns = static_cast<std::uint32_t>(columns),
                        .rank = static_cast<std::uint32_t>(std::min(rows, columns))});
  }
  return matrices;
}

Atomo::Atomo(std::vector<FactoredTensor> tensors, double rank)
    : tensors_(std::move(tensors)), rank_(rank) {}

Message Atomo::compress(std::span<const float> v, const StepContext& step) {
  LowRank message = unfactored(v, tensors_);
  for (std::size_t l = 0; l < tensors_.size(); ++l) {
    FactoredTensor& tensor = message.tensors[l];
    const Terms kept = keep_terms(v.subspan(tensor.offset, tensor.size()), tensor.rows,
                                  tensor.columns, rank_, key_of_part(step.random, l));
    tensor.rank = static_cast<std::uint32_t>(kept.s.size());
    message.left.insert(message.left.end(), kept.u.begin(), kept.u.end());
    message.scales.insert(message.scales.end(), kept.s.begin(), kept.s.end());
    message.right.insert(message.right.end(), kept.v.begin(), kept.v.end());
  }
  return message;
}

std::unique_ptr<Compressor> Atomo::clone() const { return std::make_unique<Atomo>(*this); }

constinit const CompressorKind atomo_kind{
    .name = "atomo",
    .summary = "random singular vectors of each tensor, so that the expectation is the tensor",
    .source = "Wang et al., arXiv 1806.04090, and the authors' repository (svd.py)",
    .parameters = atomo_parameters,
    .cost = {1.8e-6, 1e-9, 8e-9},
    .shape =
        [](const AlgorithmConfig& /*config*/, const Layout& layout) {
          return MessageShape{.representation = Representation::low_rank,
                              .tensors = atomo_matrices(layout),
                              .ranks_vary = true,
                              .has_scales = true};
        },
    .make = [](const AlgorithmConfig& config, const Layout& layout) -> std::unique_ptr<Compressor> {
      return std::make_unique<Atomo>(atomo_matrices(layout),
                                     static_cast<double>(config.get(rank_parameter)));
    },
    .refuses_error_memory =
        [](const AlgorithmConfig& /*config*/) {
          return std::string(
              "atomo divides what it keeps by a probability, which an error memory amplifies "
              "without bound");
        }};

}  // namespace gradwire::algorithms
