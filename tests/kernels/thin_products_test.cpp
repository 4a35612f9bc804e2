#include "sim/kernels/thin_products.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tests/kernels/vectors.hpp"

namespace gradwire::thin_products_test {
namespace {

using namespace testing_support;

class ThinProducts : public OnEachTarget {};

INSTANTIATE_TEST_SUITE_P(OnTarget, ThinProducts,
                         testing::ValuesIn(hwy::SupportedAndGeneratedTargets()),
                         [](const auto& target) { return hwy::TargetName(target.param); });

struct Shape {
  std::size_t rows, columns, r;
};

/// Tall, wide and tiny matrices; columns below, at and above the register widths.
std::vector<Shape> shapes() {
  std::vector<Shape> all;
  for (const std::size_t rows : {0U, 1U, 2U, 3U, 8U, 17U, 70U}) {
    for (const std::size_t columns : {1U, 2U, 7U, 15U, 16U, 17U, 33U, 64U, 131U}) {
      for (const std::size_t r : {1U, 2U, 3U, 4U, 7U}) all.push_back({rows, columns, r});
    }
  }
  return all;
}

/// The order of summation of the kernel: term j goes to chain j mod 16, then halves are added.
float dot_in_chains(std::span<const float> a, std::span<const float> b) {
  float chain[16] = {};
  for (std::size_t j = 0; j < a.size(); ++j) {
    const float product = a[j] * b[j];
    chain[j % 16] += product;
  }
  for (std::size_t half = 8; half > 0; half /= 2) {
    for (std::size_t l = 0; l < half; ++l) chain[l] += chain[l + half];
  }
  return chain[0];
}

TEST_P(ThinProducts, WithRowsEqualPlainChainsToTheBit) {
  for (const auto& [rows, columns, r] : shapes()) {
    const Vector a = normal_vector(rows * columns, 1);
    const Vector b = normal_vector(r * columns, 2);
    Vector expected(rows * r), out(rows * r);
    for (std::size_t i = 0; i < rows; ++i) {
      for (std::size_t k = 0; k < r; ++k) {
        expected[i * r + k] = dot_in_chains(std::span(a).subspan(i * columns, columns),
                                            std::span(b).subspan(k * columns, columns));
      }
    }
    products_with_rows(a, b, columns, out);
    ASSERT_TRUE(same(out, expected)) << rows << " x " << columns << ", " << r;
  }
}

TEST_P(ThinProducts, WithColumnsEqualPlainLoopsToTheBit) {
  for (const auto& [rows, columns, r] : shapes()) {
    const Vector a = normal_vector(rows * columns, 1);
    const Vector c = normal_vector(rows * r, 2);
    Vector expected(r * columns, 0.0F), out(r * columns, 7.0F);
    for (std::size_t i = 0; i < rows; ++i) {
      for (std::size_t k = 0; k < r; ++k) {
        for (std::size_t j = 0; j < columns; ++j) {
          const float product = c[i * r + k] * a[i * columns + j];
          expected[k * columns + j] += product;
        }
      }
    }
    products_with_columns(c, a, columns, out);
    ASSERT_TRUE(same(out, expected)) << rows << " x " << columns << ", " << r;
  }
}

TEST_P(ThinProducts, AreAddedFromAnyEntryToAnyOther) {
  for (const auto& [rows, columns, r] : shapes()) {
    if (rows > 17) continue;
    const std::size_t size = rows * columns;
    const Vector left = normal_vector(rows * r, 1);
    const Vector right = normal_vector(r * columns, 2);
    const Vector before = normal_vector(size, 3);
    Vector sum = before, difference = before;
    for (std::size_t i = 0; i < size; ++i) {
      float term = left[i / columns * r] * right[i % columns];
      for (std::size_t k = 1; k < r; ++k) {
        const float product = left[i / columns * r + k] * right[k * columns + i % columns];
        term += product;
      }
      sum[i] += term;
      difference[i] -= term;
    }
    const Product product{.left = left, .right = right, .inner = r, .columns = columns};
    for (const std::size_t piece : {std::size_t{1} + size / 3, std::size_t{5}, size}) {
      Vector y = before, z = before;
      for (std::size_t begin = 0; begin < size; begin += piece) {
        const std::size_t count = std::min(piece, size - begin);
        add_product(1.0F, product, begin, std::span(y).subspan(begin, count));
        add_product(-1.0F, product, begin, std::span(z).subspan(begin, count));
      }
      ASSERT_TRUE(same(y, sum)) << rows << " x " << columns << ", " << r;
      ASSERT_TRUE(same(z, difference)) << rows << " x " << columns << ", " << r;
    }
  }
}

TEST_P(ThinProducts, OfNoColumnsAreZero) {
  Vector out(3, 1.0F);
  products_with_rows({}, {}, 0, out);
  EXPECT_TRUE(same(out, Vector(3, 0.0F)));
  add_product(1.0F, {.left = {}, .right = {}, .inner = 0, .columns = 2}, 0, out);
  EXPECT_TRUE(same(out, Vector(3, 0.0F)));
}

}  // namespace
}  // namespace gradwire::thin_products_test
