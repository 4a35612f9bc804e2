#include "sim/algorithms/compressors/orthonormal.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace gradwire::algorithms::orthonormal_test {
namespace {

/// Largest deviation of the Gram matrix of the columns of a, [n, r], from the identity.
double deviation(const Vector& a, std::size_t r) {
  double worst = 0.0;
  for (std::size_t k = 0; k < r; ++k) {
    for (std::size_t l = 0; l < r; ++l) {
      double dot = 0.0;
      for (std::size_t i = 0; i < a.size() / r; ++i) {
        dot += static_cast<double>(a[i * r + k]) * a[i * r + l];
      }
      worst = std::max(worst, std::abs(dot - (k == l ? 1.0 : 0.0)));
    }
  }
  return worst;
}

TEST(Orthonormal, ColumnsSpanTheSameSpace) {
  const std::size_t n = 50, r = 4;
  const Vector before = normal_draws(random_key(1), n * r);
  Vector a = before;
  orthonormalise_columns(a, r, random_key(2));

  EXPECT_LT(deviation(a, r), 1e-6);
  for (std::size_t k = 0; k < r; ++k) {  // what is left of each old column after projection
    std::vector<double> rest(n);
    for (std::size_t i = 0; i < n; ++i) rest[i] = before[i * r + k];
    for (std::size_t l = 0; l < r; ++l) {
      double along = 0.0;
      for (std::size_t i = 0; i < n; ++i) along += a[i * r + l] * before[i * r + k];
      for (std::size_t i = 0; i < n; ++i) rest[i] -= along * a[i * r + l];
    }
    for (const double x : rest) EXPECT_NEAR(x, 0.0, 1e-5);
  }
}

TEST(Orthonormal, RowsAreTheTransposeOfColumns) {
  const std::size_t n = 9, r = 3;
  Vector columns = normal_draws(random_key(1), n * r);
  Vector rows(n * r);
  for (std::size_t i = 0; i < n * r; ++i) rows[i % r * n + i / r] = columns[i];
  orthonormalise_columns(columns, r, random_key(2));
  orthonormalise_rows(rows, n, random_key(2));
  for (std::size_t i = 0; i < n * r; ++i) EXPECT_EQ(rows[i % r * n + i / r], columns[i]);
}

TEST(Orthonormal, DependentColumnsAreReplacedByOtherDirections) {
  const std::size_t n = 6, r = 3;
  Vector zero(n * r, 0.0F);
  orthonormalise_columns(zero, r, random_key(1));
  EXPECT_LT(deviation(zero, r), 1e-6);

  Vector twice(n * r);
  for (std::size_t i = 0; i < n; ++i) {
    twice[i * r] = static_cast<float>(i + 1);
    twice[i * r + 1] = 2 * twice[i * r];
    twice[i * r + 2] = i == 0 ? 1.0F : 0.0F;
  }
  orthonormalise_columns(twice, r, random_key(1));
  EXPECT_LT(deviation(twice, r), 1e-6);
  EXPECT_NEAR(twice[0], 1 / std::sqrt(91.0), 1e-6);  // the first column is kept
}

TEST(Orthonormal, AsManyColumnsAsRowsAreABasis) {
  Vector a(16, 1.0F);  // of rank 1
  orthonormalise_columns(a, 4, random_key(1));
  EXPECT_LT(deviation(a, 4), 1e-6);
}

TEST(Orthonormal, NanAndInfinityPropagate) {
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    Vector a{1.0F, 0.0F, bad, 1.0F, 2.0F, 3.0F};
    orthonormalise_columns(a, 2, random_key(1));
    EXPECT_TRUE(std::isnan(a[2]));
  }
}

TEST(NormalDraws, HaveMeanZeroAndVarianceOne) {
  const std::size_t n = 100'000;
  double sum = 0.0, squares = 0.0;
  for (const float x : normal_draws(random_key(3), n)) {
    sum += x;
    squares += static_cast<double>(x) * x;
  }
  const double error = 5 / std::sqrt(n);
  EXPECT_NEAR(sum / n, 0.0, error);
  EXPECT_NEAR(squares / n, 1.0, error * std::sqrt(2.0));
  EXPECT_EQ(normal_draws(random_key(3), 10), normal_draws(random_key(3), 10));
}

}  // namespace
}  // namespace gradwire::algorithms::orthonormal_test
