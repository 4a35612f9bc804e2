#include "sim/algorithms/compressors/top_k.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <variant>
#include <vector>

#include "sim/algorithms/compressors/identity.hpp"
#include "sim/algorithms/memory/error_feedback.hpp"
#include "sim/algorithms/memory/no_memory.hpp"
#include "sim/core/error.hpp"
#include "sim/core/random.hpp"
#include "sim/kernels/arithmetic.hpp"
#include "tests/support/fc_784_512_10.hpp"
#include "tests/support/fixed_gradient.hpp"
#include "tests/support/normal_vector.hpp"

namespace gradwire::algorithms::top_k_test {
namespace {

using testing::ElementsAre;
using testing_support::send;

Layout layout_of(std::initializer_list<std::int64_t> sizes) {
  Layout layout;
  for (const std::int64_t size : sizes) layout.add("tensor", {size});
  return layout;
}

/// Top-k with error feedback, (M5).
struct RememberingTopK {
  explicit RememberingTopK(const TopK::Config& config)
      : top_k(config), feedback(config.layout.size()) {}

  [[nodiscard]] std::span<const float> memory() const { return feedback.error(); }

  TopK top_k;
  ErrorFeedback feedback;
};

Sparse compressed(RememberingTopK& top_k, double gamma, const Vector& g) {
  return std::get<Sparse>(send(top_k.feedback, top_k.top_k, gamma, g));
}

std::uint32_t bits(float x) { return std::bit_cast<std::uint32_t>(x); }

TEST(KeptOf, IsTheFloorOfDensityTimesSizeButNotLessThanOne) {
  EXPECT_EQ(k_for(401408, 0.01), 4014U);
  EXPECT_EQ(k_for(512, 0.01), 5U);
  EXPECT_EQ(k_for(10, 0.01), 1U);
  EXPECT_EQ(k_for(1, 1e-9), 1U);
  EXPECT_EQ(k_for(7, 1.0), 7U);
}

TEST(KeptOf, DecimalFractionsOfRoundSizesLoseNothingToRounding) {
  EXPECT_EQ(k_for(10, 0.3), 3U);
  EXPECT_EQ(k_for(100, 0.29), 29U);  // 0.29 * 100 is 28.999999999999996
  for (std::size_t d = 1; d <= 3000; ++d) {
    for (std::size_t percent = 1; percent <= 100; ++percent) {
      const std::size_t exact = std::max<std::size_t>(1, d * percent / 100);
      ASSERT_EQ(k_for(d, static_cast<double>(percent) / 100), exact) << d << ", " << percent;
    }
  }
}

TEST(KeptOf, RefusesADensityThatIsNoShare) {
  for (const double density : {0.0, -0.1, 1.0001, std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_THROW((void)k_for(10, density), std::invalid_argument) << density;
  }
}

TEST(KeptEntries, CountEachTensorOrTheWholeModel) {
  const Layout layout = fc_784_512_10();
  const auto kept = [&layout](Selection selection) {
    std::vector<std::size_t> counts;
    for (const Block& block : selection_blocks(layout, 0.01, selection)) {
      counts.push_back(block.kept);
    }
    return counts;
  };
  EXPECT_THAT(kept(Selection::per_tensor), ElementsAre(4014, 5, 51, 1));
  EXPECT_THAT(kept(Selection::whole_model), ElementsAre(4070));
}

TEST(TopK, RemembersWhatItDoesNotSend) {
  RememberingTopK top_k({.layout = layout_of({4}), .density = 0.25});
  EXPECT_EQ(compressed(top_k, 0.5, {2.0F, -8.0F, 6.0F, 0.0F}), (Sparse{{1}, {-4.0F}}));
  EXPECT_THAT(top_k.memory(), ElementsAre(1.0F, 0.0F, 3.0F, 0.0F));
  EXPECT_EQ(compressed(top_k, 0.5, {2.0F, 2.0F, 2.0F, 2.0F}), (Sparse{{2}, {4.0F}}));
  EXPECT_THAT(top_k.memory(), ElementsAre(2.0F, 1.0F, 0.0F, 1.0F));
  EXPECT_EQ(compressed(top_k, 0.5, {0.0F, 2.0F, 0.0F, 0.0F}), (Sparse{{0}, {2.0F}}));
  EXPECT_THAT(top_k.memory(), ElementsAre(0.0F, 2.0F, 0.0F, 1.0F));
}

TEST(TopK, PerTensorSendsFromEveryTensorAndWholeModelFromTheLargest) {
  const Layout layout = layout_of({3, 2});
  const Vector g{1.0F, 5.0F, -6.0F, 0.1F, 0.2F};
  RememberingTopK per_tensor(
      {.layout = layout, .density = 0.4, .selection = Selection::per_tensor});
  EXPECT_EQ(compressed(per_tensor, 1.0, g), (Sparse{{2, 4}, {-6.0F, 0.2F}}));
  RememberingTopK whole_model(
      {.layout = layout, .density = 0.4, .selection = Selection::whole_model});
  EXPECT_EQ(compressed(whole_model, 1.0, g), (Sparse{{1, 2}, {5.0F, -6.0F}}));
}

TEST(TopK, GammaIsRoundedBeforeTheProductAndTheProductBeforeTheSum) {
  RememberingTopK top_k({.layout = layout_of({2}), .density = 0.5});
  const float x = 1.0F + 0x1p-12F;
  (void)compressed(top_k, 1.0, {-1.0F, 9.0F});
  const Sparse sent = compressed(top_k, x + 1e-12, {x, 0.0F});
  EXPECT_EQ(sent, (Sparse{{0}, {0x1p-11F}}));  // x * x - 1 without the last 2^-24
}

TEST(TopK, SentAndRememberedTogetherAreTheUpdateToTheBit) {
  for (const Selection selection : {Selection::per_tensor, Selection::whole_model}) {
    for (const double density : {0.001, 0.01, 0.3, 1.0}) {
      const Layout layout = layout_of({20000, 1, 300, 7});
      RememberingTopK top_k({.layout = layout, .density = density, .selection = selection});
      for (std::uint64_t t = 0; t < 20; ++t) {
        Vector g = normal_vector(layout.size(), t);
        g[t] = -0.0F;
        g[t + 1] = std::numeric_limits<float>::denorm_min();
        Vector p(top_k.memory().begin(), top_k.memory().end());
        for (std::size_t i = 0; i < p.size(); ++i) p[i] += 0.005F * g[i];

        const Sparse sent = compressed(top_k, 0.005, g);
        Vector restored(top_k.memory().begin(), top_k.memory().end());
        for (std::size_t j = 0; j < sent.indices.size(); ++j) {
          ASSERT_EQ(bits(restored[sent.indices[j]]), 0U);
          restored[sent.indices[j]] = sent.values[j];
        }
        for (std::size_t i = 0; i < p.size(); ++i) ASSERT_EQ(bits(restored[i]), bits(p[i])) << i;
      }
    }
  }
}

TEST(TopK, LeavesAtMostTheShareOfTheNormThatItDoesNotKeep) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const std::size_t d = 10 + 37 * seed;
    const Layout layout = layout_of({static_cast<std::int64_t>(d)});
    for (const double density : {0.01, 0.1, 0.5, 1.0}) {
      Vector v = normal_vector(d, seed);
      for (float& x : v)
        x = seed % 3 == 0 ? std::copysign(1.0F, x) : x * x * x;  // ties; heavy tails
      RememberingTopK top_k({.layout = layout, .density = density});
      (void)compressed(top_k, 1.0, v);
      double before = 0.0;
      double left = 0.0;
      for (const float x : v) before += static_cast<double>(x) * x;
      for (const float x : top_k.memory()) left += static_cast<double>(x) * x;
      const double share = static_cast<double>(k_for(d, density)) / static_cast<double>(d);
      EXPECT_LE(left, (1.0 - share) * before * (1.0 + 1e-12));  // rounding of the sums
    }
  }
}

TEST(TopK, ErrorStaysBelowTheBoundOfErrorFeedback) {
  // ||e|| <= gamma G sqrt(1 - delta) / (1 - sqrt(1 - delta)), if ||g|| <= G.
  const Layout layout = layout_of({100});
  RememberingTopK top_k({.layout = layout, .density = 0.1});
  const double root = std::sqrt(0.9);
  for (std::uint64_t t = 0; t < 500; ++t) {
    Vector g = normal_vector(100, t);
    double square = 0.0;
    for (const float x : g) square += static_cast<double>(x) * x;
    for (float& x : g) x = static_cast<float>(x / std::sqrt(square));
    (void)compressed(top_k, 0.1, g);
    double error = 0.0;
    for (const float x : top_k.memory()) error += static_cast<double>(x) * x;
    ASSERT_LE(std::sqrt(error), 0.1 * root / (1.0 - root) * (1.0 + 1e-6));
  }
}

TEST(TopK, OfFullDensitySendsWhatIdentitySends) {
  RememberingTopK top_k({.layout = layout_of({30, 3}), .density = 1.0});
  for (std::uint64_t t = 0; t < 5; ++t) {
    const Vector g = normal_vector(33, t);
    Identity identity;
    NoMemory none;
    const Vector dense = std::get<Dense>(send(none, identity, 0.3, g)).values;
    const Sparse sparse = compressed(top_k, 0.3, g);
    EXPECT_EQ(sparse.values, std::vector<float>(dense.begin(), dense.end()));
    EXPECT_THAT(top_k.memory(), testing::Each(0.0F));
  }
}

TEST(TopK, CopiesRememberIndependently) {
  RememberingTopK first({.layout = layout_of({2}), .density = 0.5});
  (void)compressed(first, 1.0, {1.0F, 2.0F});
  RememberingTopK second = first;
  (void)compressed(second, 1.0, {1.0F, 0.5F});
  EXPECT_THAT(first.memory(), ElementsAre(1.0F, 0.0F));
  EXPECT_THAT(second.memory(), ElementsAre(0.0F, 0.5F));
}

TEST(TopK, SendsNanAsSoonAsThereIsOne) {
  RememberingTopK top_k({.layout = layout_of({4}), .density = 0.25});
  const float nan_value = std::numeric_limits<float>::quiet_NaN();
  const Sparse sent =
      compressed(top_k, 1.0, {1.0F, std::numeric_limits<float>::infinity(), nan_value, 1.0F});
  EXPECT_THAT(sent.indices, ElementsAre(2));  // so that the server detects a diverged run
}

TEST(ErrorFeedback, StateIsOneModel) {
  EXPECT_EQ(ErrorFeedback(407050).state_bytes(), Bytes{4 * 407050});
}

TEST(TopKKind, SelectsAsTheExperimentSays) {
  AlgorithmConfig config{.name = "sparse"};
  config.set(density_parameter, 0.25).set(selection_parameter, "whole_model");

  const MessageShape shape = top_k_kind.shape(config, layout_of({4, 4}));

  EXPECT_EQ(shape.representation, Representation::sparse);
  EXPECT_THAT(shape.blocks, ElementsAre(Block{0, 8, 2}));
}

TEST(Identity, SendsGammaTimesTheGradientAndRemembersNothing) {
  Identity identity;
  NoMemory none;
  EXPECT_EQ(send(none, identity, 0.5, {2.0F, -4.0F, 0.0F}), Message(Dense{{1.0F, -2.0F, 0.0F}}));
  EXPECT_EQ(none.state_bytes(), Bytes{0});
}

TEST(TopK, TheVectorThatIsWatchedAndTheVectorThatIsGivenHaveTheSameLargest) {
  const Layout layout = layout_of({20000, 300, 7});
  const Vector g = normal_vector(layout.size(), 1);
  TopK watched({.layout = layout, .density = 0.01});
  TopK given({.layout = layout, .density = 0.01});
  ErrorFeedback feedback(layout.size());

  EXPECT_EQ(send(feedback, watched, 1.0, g), given.compress(g, {}));
}

TEST(TopK, WhatDidNotArriveIsInTheMemoryToTheBit) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    RememberingTopK top_k({.layout = layout_of({300, 40}), .density = 0.1});
    (void)compressed(top_k, 0.1, normal_vector(340, seed));
    RememberingTopK all(top_k);
    Vector p(all.memory().begin(), all.memory().end());
    const Vector g = normal_vector(340, seed + 100);
    add_scaled(0.1F, g, p);  // the vector from which it selects

    const Sparse q = compressed(top_k, 0.1, g);
    ASSERT_NE(Vector(top_k.memory().begin(), top_k.memory().end()), p);
    top_k.feedback.rollback(q);

    for (std::size_t i = 0; i < p.size(); ++i) ASSERT_EQ(bits(top_k.memory()[i]), bits(p[i]));
  }
}

}  // namespace
}  // namespace gradwire::algorithms::top_k_test
