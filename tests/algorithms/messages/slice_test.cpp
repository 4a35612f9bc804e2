#include "sim/algorithms/messages/slice.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

#include "sim/core/random.hpp"

namespace gradwire::algorithms::slice_test {
namespace {

constexpr std::size_t d = 1000;
const std::vector<std::uint32_t> bucket_ends{130, 131, 700, 1000};

RandomStream random_numbers() { return stream(1, "slices"); }

Quantized quantized(std::vector<std::uint32_t> ends, std::size_t size, bool has_scales = true) {
  RandomStream random = random_numbers();
  Quantized message{.most_level = 4, .ends = std::move(ends), .scales = {}, .levels = {}};
  for (std::size_t b = 0; has_scales && b < message.ends.size(); ++b) {
    message.scales.push_back(static_cast<float>(b + 1));
  }
  for (std::size_t i = 0; i < size; ++i) {
    message.levels.push_back(static_cast<std::int16_t>(random.below(9)) - 4);
  }
  return message;
}

Signs signs(std::vector<std::uint32_t> ends, bool has_negative_values) {
  RandomStream random = random_numbers();
  Signs message{.ends = std::move(ends), .scales = {}, .negative = {}};
  std::uint32_t begin = 0;
  for (const std::uint32_t end : message.ends) {
    message.scales.push_back(static_cast<float>(end));
    if (has_negative_values) message.negative_values.push_back(-0.5F * static_cast<float>(end));
    for (std::uint32_t byte = 0; byte < (end - begin + 7) / 8; ++byte) {
      message.negative.push_back(static_cast<std::uint8_t>(random.below(256)));
    }
    begin = end;
  }
  return message;
}

std::vector<std::uint32_t> some_indices() {
  std::vector<std::uint32_t> indices;
  for (std::uint32_t i = 3; i < d; i += 1 + i % 17) indices.push_back(i);
  return indices;
}

std::vector<Message> every_representation() {
  const auto indices = some_indices();
  const auto k = static_cast<std::uint32_t>(indices.size());
  const std::vector<float> values(indices.begin(), indices.end());
  const std::vector<std::uint32_t> kept_ends{k / 3, k / 2, k};
  return {Dense{Vector(d, 2.5F)},
          Sparse{indices, values},
          quantized(bucket_ends, d),
          quantized(bucket_ends, d, false),
          signs(bucket_ends, false),
          signs(bucket_ends, true),
          CodedSparse{indices, quantized(kept_ends, k)},
          CodedSparse{indices, signs(kept_ends, false)},
          Skip{}};
}

TEST(Slices, OneBehindTheOtherAreTheMessage) {
  for (const Message& message : every_representation()) {
    Vector whole(d, 0.0F);
    add_to(message, whole);
    for (const int shards : {1, 2, 3, 7, 64, 1000}) {
      Vector joined(d, 0.0F);
      for (const Stretch& stretch : stretches_of(d, shards)) {
        const Message part = slice(message, stretch);
        EXPECT_EQ(representation_of(part), representation_of(message));
        add_to(part, std::span(joined).subspan(stretch.begin, stretch.size()));
      }
      EXPECT_EQ(joined, whole) << message.index() << " in " << shards;
    }
  }
}

TEST(Slices, ABucketOverABorderHasItsScaleAtBothSides) {
  const auto left = std::get<Quantized>(slice(quantized(bucket_ends, d), {0, 500}));
  const auto right = std::get<Quantized>(slice(quantized(bucket_ends, d), {500, 1000}));

  EXPECT_EQ(left.ends, (std::vector<std::uint32_t>{130, 131, 500}));
  EXPECT_EQ(left.scales, (std::vector<float>{1, 2, 3}));
  EXPECT_EQ(right.ends, (std::vector<std::uint32_t>{200, 500}));
  EXPECT_EQ(right.scales, (std::vector<float>{3, 4}));
}

TEST(Slices, OfNoEntriesAreEmpty) {
  for (const Message& message : every_representation()) {
    EXPECT_EQ(values_sent(slice(message, {400, 400})), 0) << message.index();
  }
}

TEST(Slices, OfFactorsDoNotExist) {
  EXPECT_THROW(static_cast<void>(slice(LowRank{.size = 10}, {0, 5})), std::logic_error);
}

TEST(Stretches, DifferByAtMostOneEntryAndCoverTheModel) {
  for (const std::size_t size : {std::size_t{1}, std::size_t{5}, std::size_t{1003}}) {
    for (const int shards : {1, 2, 7, 100}) {
      std::size_t end = 0;
      for (const Stretch& stretch : stretches_of(size, shards)) {
        EXPECT_EQ(stretch.begin, end);
        EXPECT_LE(stretch.size(),
                  (size + static_cast<std::size_t>(shards) - 1) / static_cast<std::size_t>(shards));
        EXPECT_GE(stretch.size(), size / static_cast<std::size_t>(shards));
        end = stretch.end;
      }
      EXPECT_EQ(end, size);
    }
  }
}

}  // namespace
}  // namespace gradwire::algorithms::slice_test
