#include "sim/kernels/products.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include "sim/core/random.hpp"
#include "sim/kernels/arithmetic.hpp"
#include "tests/kernels/vectors.hpp"
#include "tests/support/marks.hpp"

namespace gradwire::products_test {
namespace {

template <class Real>
using Matrix = std::vector<Real, AlignedAllocator<Real>>;

template <class Real>
Matrix<Real> normals(std::size_t n, std::uint64_t seed) {
  RandomStream random = stream(seed, "products", n);
  Matrix<Real> values(n);
  for (Real& x : values) x = static_cast<Real>(random.normal());
  return values;
}

/// R rows, inner dimension, columns: below, at and above the sizes of tiles, panels and registers.
struct Shape {
  std::size_t rows, inner, columns;
};
const std::vector<Shape> shapes{{1, 1, 1},   {1, 3, 2},    {2, 5, 7},    {3, 8, 10},   {4, 2, 15},
                                {5, 9, 16},  {6, 17, 17},  {7, 4, 31},   {9, 33, 32},  {10, 10, 33},
                                {11, 7, 48}, {13, 16, 50}, {20, 12, 63}, {21, 30, 64}, {33, 3, 100},
                                {61, 65, 5}, {5, 150, 33}, {10, 300, 10}};

class ProductsTest : public testing_support::OnEachTarget {};

INSTANTIATE_TEST_SUITE_P(OnTarget, ProductsTest,
                         testing::ValuesIn(hwy::SupportedAndGeneratedTargets()),
                         [](const auto& target) { return hwy::TargetName(target.param); });

template <class Real>
void expect_affine_is_the_plain_loop() {
  for (const auto& [rows, inner, columns] : shapes) {
    const auto x = normals<Real>(rows * inner, 1);
    const auto w = normals<Real>(columns * inner, 2);
    const auto bias = normals<Real>(columns, 3);
    Panels<Real> panels;
    panels.pack(w, inner);
    for (const Activation activation : {Activation::none, Activation::relu}) {
      Matrix<Real> expected(rows * columns);
      for (std::size_t r = 0; r < rows; ++r) {
        for (std::size_t j = 0; j < columns; ++j) {
          Real sum = bias[j];
          for (std::size_t k = 0; k < inner; ++k) {
            sum = std::fma(x[r * inner + k], w[j * inner + k], sum);
          }
          expected[r * columns + j] = activation == Activation::relu && sum < 0 ? Real{0} : sum;
        }
      }
      Matrix<Real> out(rows * columns + 1, Real{7});

      affine<Real>(x, panels, bias, activation, std::span(out).first(rows * columns));

      EXPECT_EQ(out.back(), Real{7});  // nothing written past the end
      out.pop_back();
      EXPECT_EQ(out, expected) << rows << " " << inner << " " << columns;
    }
  }
}

template <class Real>
void expect_affine_of_plain_weights_is_that_of_packed_ones() {
  for (const auto& [rows, inner, columns] : shapes) {
    const auto x = normals<Real>(rows * inner, 1);
    const auto w = normals<Real>(columns * inner, 2);
    const auto bias = normals<Real>(columns, 3);
    Panels<Real> panels;
    panels.pack(w, inner);
    for (const Activation activation : {Activation::none, Activation::relu}) {
      Matrix<Real> expected(rows * columns);
      affine<Real>(x, panels, bias, activation, expected);
      Matrix<Real> out(rows * columns + 1, Real{7});

      affine<Real>(x, std::span<const Real>(w), bias, activation,
                   std::span(out).first(rows * columns));

      EXPECT_EQ(out.back(), Real{7});  // nothing written past the end
      out.pop_back();
      EXPECT_EQ(out, expected) << rows << " " << inner << " " << columns;
    }
  }
}

TEST_P(ProductsTest, AffineOfPlainWeightsIsThatOfPackedOnesToTheBit) {
  expect_affine_of_plain_weights_is_that_of_packed_ones<float>();
  expect_affine_of_plain_weights_is_that_of_packed_ones<double>();
}

template <class Real>
void expect_unpacking_gives_what_was_packed() {
  for (const auto& [rows, inner, columns] : shapes) {
    const auto w = normals<Real>(columns * inner, 2);
    Panels<Real> panels;
    panels.pack(w, inner);
    Matrix<Real> again(w.size());

    panels.unpack(again);

    EXPECT_EQ(again, w) << inner << " " << columns;
  }
}

TEST_P(ProductsTest, UnpackingGivesWhatWasPacked) {
  expect_unpacking_gives_what_was_packed<float>();
  expect_unpacking_gives_what_was_packed<double>();
}

TEST_P(ProductsTest, AffineIsTheChainOfFusedMultiplyAddsToTheBit) {
  expect_affine_is_the_plain_loop<float>();
  expect_affine_is_the_plain_loop<double>();
}

template <class Real>
void expect_products_are_the_plain_loops() {
  for (const auto& [rows, inner, columns] : shapes) {
    const auto a = normals<Real>(rows * inner, 4);
    const auto b = normals<Real>(inner * columns, 5);
    Matrix<Real> transposed(rows * inner);
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t k = 0; k < inner; ++k) transposed[k * rows + r] = a[r * inner + k];
    }
    Matrix<Real> expected(rows * columns);
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t j = 0; j < columns; ++j) {
        Real sum{0};
        for (std::size_t k = 0; k < inner; ++k) {
          sum = std::fma(a[r * inner + k], b[k * columns + j], sum);
        }
        expected[r * columns + j] = sum;
      }
    }
    Matrix<Real> direct(rows * columns), by_columns(rows * columns);

    product<Real>(a, b, inner, direct);
    transposed_product<Real>(transposed, b, inner, Real{1}, Into::replace, 0, by_columns);

    EXPECT_EQ(direct, expected) << rows << " " << inner << " " << columns;
    EXPECT_EQ(by_columns, expected) << rows << " " << inner << " " << columns;
  }
}

TEST_P(ProductsTest, ProductsAreChainsOfFusedMultiplyAddsToTheBit) {
  expect_products_are_the_plain_loops<float>();
  expect_products_are_the_plain_loops<double>();
}

TEST_P(ProductsTest, ScalingAndAddingOnTheWayHasTheBitsOfDoingItAfterwards) {
  for (const auto& [rows, inner, columns] : shapes) {
    const auto a = normals<float>(rows * inner, 6);
    const auto b = normals<float>(inner * columns, 7);
    const auto before = normals<float>(rows * columns, 8);
    Vector plain(rows * columns), scaled_after(rows * columns);
    transposed_product<float>(a, b, inner, 1.0F, Into::replace, 0, plain);
    scale(0.005F, plain, scaled_after);
    Vector added_after = before;
    add_scaled(0.005F, plain, added_after);

    Vector scaled(rows * columns);
    Vector added = before;
    transposed_product<float>(a, b, inner, 0.005F, Into::replace, 0, scaled);
    transposed_product<float>(a, b, inner, 0.005F, Into::add, 0, added);

    EXPECT_EQ(scaled, scaled_after);
    const std::size_t half = rows / 2;  // and in two pieces
    transposed_product<float>(a, b, inner, 0.005F, Into::replace, half,
                              std::span(plain).subspan(half * columns));
    transposed_product<float>(a, b, inner, 0.005F, Into::replace, 0,
                              std::span(plain).first(half * columns));
    EXPECT_EQ(plain, scaled_after);
    EXPECT_EQ(added, added_after);
  }
}

TEST_P(ProductsTest, MarkingOnTheWayChangesNoBitAndMarksWhatIsLarge) {
  bool some_marked = false;
  for (const auto& [m, inner, n] : {Shape{25, 10, 784}, Shape{13, 3, 16}, Shape{40, 1, 64},
                                    Shape{7, 5, 48}, Shape{9, 4, 24}, Shape{3, 2, 13}}) {
    const auto a = normals<float>(inner * m, 1);
    const auto b = normals<float>(inner * n, 2);
    const auto before = normals<float>((m - 1) * n, 3);
    Matrix<float> expected = before;
    transposed_product<float>(a, b, inner, 0.5F, Into::add, 1, expected);

    Matrix<float> out = before;
    std::vector<std::uint8_t> bytes((m - 1) * n / 8 + 2, 0x55);
    const CandidateMask marks{bytes.data(), std::bit_cast<std::int32_t>(1.0F)};
    if (!add_and_mark(a, b, inner, 0.5F, 1, {}, out, marks)) {
      EXPECT_EQ(out, before);
      continue;
    }
    some_marked = true;
    EXPECT_EQ(out, expected);
    for (std::size_t i = 0; i < out.size(); ++i) {
      ASSERT_EQ(testing_support::is_marked(bytes, i), std::abs(out[i]) > 1.0F)
          << m << ", " << n << ", " << i;
    }
    EXPECT_EQ(bytes[out.size() / 8], 0x55);  // nothing written past the end
  }
  if (GetParam() == HWY_AVX2 || GetParam() == HWY_AVX3) {
    EXPECT_TRUE(some_marked);
  }
}

TEST_P(ProductsTest, AddingToASumOnTheWayHasTheBitsOfDoingItAfterwards) {
  for (const auto& [rows, inner, columns] : shapes) {
    if (rows < 2) continue;
    const auto a = normals<float>(rows * inner, 6);
    const auto b = normals<float>(inner * columns, 7);
    const std::size_t size = (rows - 1) * columns;
    const std::vector<Matrix<float>> vectors{normals<float>(size, 8), normals<float>(size, 9),
                                             normals<float>(size, 10)};
    for (const std::size_t number : {1U, 2U, 3U}) {
      std::vector<Weighted> terms;
      for (std::size_t i = 0; i < number; ++i) {
        terms.push_back({1.0F / static_cast<float>(i + 3), vectors[i]});
      }
      Vector expected(size);
      weighted_sum(terms, expected);
      transposed_product<float>(a, b, inner, 0.005F, Into::add, 1, expected);

      Vector out(size, 7.0F);
      add_to_sum(a, b, inner, 0.005F, 1, terms, out);
      EXPECT_EQ(out, expected) << rows << " " << inner << " " << columns;

      std::ranges::copy(vectors[0], out.begin());
      terms[0].vector = out;
      add_to_sum(a, b, inner, 0.005F, 1, terms, out);
      EXPECT_EQ(out, expected) << "in the place of the first: " << rows << " " << columns;
    }
  }
}

TEST_P(ProductsTest, MarkingASumOnTheWayChangesNoBitAndMarksWhatIsLarge) {
  for (const auto& [m, inner, n] : {Shape{25, 10, 784}, Shape{13, 3, 16}, Shape{7, 5, 48}}) {
    const auto a = normals<float>(inner * m, 1);
    const auto b = normals<float>(inner * n, 2);
    const auto first = normals<float>((m - 1) * n, 3);
    const auto second = normals<float>((m - 1) * n, 4);
    const std::vector<Weighted> terms{{0.25F, first}, {0.75F, second}};
    Matrix<float> expected(first.size()), out(first.size());
    add_to_sum(a, b, inner, 0.5F, 1, terms, expected);

    std::vector<std::uint8_t> bytes(out.size() / 8 + 2, 0x55);
    const CandidateMask marks{bytes.data(), std::bit_cast<std::int32_t>(1.0F)};
    if (!add_and_mark(a, b, inner, 0.5F, 1, terms, out, marks)) continue;
    EXPECT_EQ(out, expected);
    for (std::size_t i = 0; i < out.size(); ++i) {
      ASSERT_EQ(testing_support::is_marked(bytes, i), std::abs(out[i]) > 1.0F) << n << ", " << i;
    }
  }
}

TEST_P(ProductsTest, RowsDoNotDependOnTheirCompany) {
  const std::size_t inner = 40;
  const std::size_t columns = 37;
  const auto x = normals<float>(23 * inner, 9);
  Panels<float> w;
  w.pack(normals<float>(columns * inner, 10), inner);
  const auto bias = normals<float>(columns, 11);
  Vector all(23 * columns);
  affine<float>(x, w, bias, Activation::relu, all);

  for (std::size_t r = 0; r < 23; ++r) {
    Vector alone(columns);
    affine<float>(std::span(x).subspan(r * inner, inner), w, bias, Activation::relu, alone);
    EXPECT_EQ(alone, Vector(all.begin() + static_cast<std::ptrdiff_t>(r * columns),
                            all.begin() + static_cast<std::ptrdiff_t>((r + 1) * columns)));
  }
}

TEST_P(ProductsTest, NotANumberComesThroughRelu) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  Panels<float> w;
  w.pack(Vector{1.0F}, 1);
  Vector out(2);

  affine<float>(Vector{nan, -1.0F}, w, Vector{0.0F}, Activation::relu, out);

  EXPECT_TRUE(std::isnan(out[0]));
  EXPECT_EQ(out[1], 0.0F);
}

TEST_P(ProductsTest, InactiveOutputsStopTheirDeltas) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const std::size_t n : {5U, 16U, 37U}) {
    Vector outputs(n, 1.0F);
    outputs[0] = 0.0F;
    outputs[1] = -1.0F;
    outputs[2] = nan;
    outputs[n - 1] = -0.0F;
    Vector deltas(n, 3.0F);
    Vector expected(n, 3.0F);
    expected[0] = expected[1] = expected[n - 1] = 0.0F;

    zero_where_inactive<float>(outputs, deltas);

    EXPECT_EQ(deltas, expected);
  }
}

TEST_P(ProductsTest, ProductsOfRowsAddInEightChains) {
  for (const auto& [m, inner, n] : shapes) {
    const auto a = normals<double>(m * inner, 12);
    const auto b = normals<double>(n * inner, 13);
    Matrix<double> expected(m * n);
    for (std::size_t i = 0; i < m; ++i) {
      for (std::size_t j = 0; j < n; ++j) {
        double chain[8] = {};
        for (std::size_t k = 0; k < inner; ++k) {
          chain[k % 8] = std::fma(a[i * inner + k], b[j * inner + k], chain[k % 8]);
        }
        for (std::size_t half = 4; half > 0; half /= 2) {
          for (std::size_t c = 0; c < half; ++c) chain[c] += chain[c + half];
        }
        expected[i * n + j] = chain[0];
      }
    }
    Matrix<double> out(m * n);

    products_of_rows(a, b, inner, out);

    EXPECT_EQ(out, expected) << m << " " << inner << " " << n;
  }
}

TEST_P(ProductsTest, ProductsOfRowsWithThemselvesAreThoseWithACopy) {
  for (const auto& [m, inner, n] : shapes) {
    const auto a = normals<double>(m * inner, 16);
    const auto copy = a;
    Matrix<double> expected(m * m), out(m * m);
    products_of_rows(a, copy, inner, expected);

    products_of_rows(a, a, inner, out);

    EXPECT_EQ(out, expected) << m << " " << inner;
  }
}

TEST_P(ProductsTest, WideningIsExact) {
  for (const std::size_t n : {1, 3, 4, 7, 8, 9, 100}) {
    const auto in = normals<float>(n, 17);
    const auto before = normals<double>(n, 18);
    Matrix<double> wide(n), difference = before;

    widen(in, wide);
    subtract_widened(in, difference);

    for (std::size_t i = 0; i < n; ++i) {
      EXPECT_EQ(wide[i], static_cast<double>(in[i]));
      EXPECT_EQ(difference[i], before[i] - static_cast<double>(in[i]));
    }
  }
}

TEST_P(ProductsTest, PanelsAreUsedAgainForOtherShapes) {
  Panels<float> w;
  w.pack(normals<float>(100 * 9, 14), 9);
  const auto small = normals<float>(3 * 5, 15);
  w.pack(small, 5);
  Vector out(3);
  const Vector unit{0.0F, 1.0F, 0.0F, 0.0F, 0.0F};

  affine<float>(unit, w, Vector(3, 0.0F), Activation::none, out);

  EXPECT_THAT(out, testing::ElementsAre(small[1], small[6], small[11]));
}

}  // namespace
}  // namespace gradwire::products_test
