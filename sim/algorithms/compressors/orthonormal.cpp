#include "sim/algorithms/compressors/orthonormal.hpp"

#include <cmath>
#include <cstdint>
#include <numbers>
#include <vector>

#include "sim/algorithms/step_context.hpp"

namespace gradwire::algorithms {
namespace {

using Doubles = std::span<double>;

/// In (0, 1].
double uniform(const RandomKey& key, std::uint32_t counter) {
  return (random_bits(key, counter) + 1.0) * 0x1p-32;
}

double dot(Doubles a, Doubles b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

/// Removes from row k its components along the rows before it; returns its norm.
double orthogonalise(Doubles rows, std::size_t n, std::size_t k) {
  const Doubles own = rows.subspan(k * n, n);
  for (int pass = 0; pass < 2; ++pass) {  // twice is enough (Kahan, Parlett)
    for (std::size_t j = 0; j < k; ++j) {
      const Doubles other = rows.subspan(j * n, n);
      const double along = dot(own, other);
      for (std::size_t i = 0; i < n; ++i) own[i] -= along * other[i];
    }
  }
  return std::sqrt(dot(own, own));
}

void orthonormalise(Doubles rows, std::size_t n, const RandomKey& key) {
  constexpr double least_independent = 0x1p-20;
  std::uint64_t replaced = 0;
  for (std::size_t k = 0; k < rows.size() / n; ++k) {
    const Doubles own = rows.subspan(k * n, n);
    double whole = std::sqrt(dot(own, own));
    double norm = orthogonalise(rows, n, k);
    while (std::isfinite(whole) && norm <= least_independent * whole) {
      const Vector direction = normal_draws(key_of_part(key, replaced++), n);
      for (std::size_t i = 0; i < n; ++i) own[i] = direction[i];
      whole = std::sqrt(dot(own, own));
      norm = orthogonalise(rows, n, k);
    }
    for (double& entry : own) entry /= norm;
  }
}

}  // namespace

Vector normal_draws(const RandomKey& key, std::size_t n) {
  Vector draws(n);
  for (std::size_t i = 0; i < n; ++i) {
    const auto counter = static_cast<std::uint32_t>(2 * i);
    const double radius = std::sqrt(-2.0 * std::log(uniform(key, counter)));
    const double angle = 2.0 * std::numbers::pi * uniform(key, counter + 1);
    draws[i] = static_cast<float>(radius * std::cos(angle));
  }
  return draws;
}

void orthonormalise_columns(std::span<float> a, std::size_t r, const RandomKey& key) {
  const std::size_t n = a.size() / r;
  std::vector<double> rows(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) rows[i % r * n + i / r] = a[i];
  orthonormalise(rows, n, key);
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = static_cast<float>(rows[i % r * n + i / r]);
}

void orthonormalise_rows(std::span<float> a, std::size_t n, const RandomKey& key) {
  std::vector<double> rows(a.begin(), a.end());
  orthonormalise(rows, n, key);
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = static_cast<float>(rows[i]);
}

}  // namespace gradwire::algorithms
