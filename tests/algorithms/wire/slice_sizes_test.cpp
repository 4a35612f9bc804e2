#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "sim/algorithms/messages/slice.hpp"
#include "sim/algorithms/wire/entropy.hpp"
#include "sim/algorithms/wire/golomb.hpp"
#include "sim/algorithms/wire/wire_sizes.hpp"
#include "sim/core/random.hpp"

namespace gradwire::algorithms::slice_sizes_test {
namespace {

/// Two stretches of equal length, each of whole tensors.
Layout aligned_layout() {
  Layout layout;
  for (const std::int64_t size : {300, 200, 100, 400}) layout.add("tensor", {size});
  return layout;
}

Layout layout_of(const std::vector<std::int64_t>& sizes) {
  Layout layout;
  for (const std::int64_t size : sizes) layout.add("tensor", {size});
  return layout;
}

/// The first `kept` entries of a random order of each block.
Sparse random_message(const std::vector<Block>& blocks) {
  RandomStream random = stream(1, "slice sizes");
  Sparse sparse;
  for (const auto& [offset, size, kept] : blocks) {
    std::vector<std::uint32_t> all(size);
    std::iota(all.begin(), all.end(), static_cast<std::uint32_t>(offset));
    random.shuffle(std::span(all));
    all.resize(kept);
    std::ranges::sort(all);
    sparse.indices.insert(sparse.indices.end(), all.begin(), all.end());
  }
  sparse.values.assign(sparse.indices.size(), 1.0F);
  return sparse;
}

MessageShape sparse_shape(std::vector<Block> blocks) {
  return {.representation = Representation::sparse, .blocks = std::move(blocks)};
}

std::int64_t bits_under(const Transmission& message, const EncodingNames& names,
                        const std::string& name) {
  const auto found = std::ranges::find(names, name);
  EXPECT_NE(found, names.end()) << name;
  return message.encoded[static_cast<std::size_t>(found - names.begin())].value;
}

TEST(SliceSizes, OfWholeTensorsAreWhatTheStretchAloneWouldBeEncodedIn) {
  const Layout layout = aligned_layout();
  const auto blocks = selection_blocks(layout, 0.1, Selection::per_tensor);
  const Sparse message = random_message(blocks);
  const WireSizes sizes(layout, sparse_shape(blocks), 2);
  const std::vector<Transmission> slices = sizes.of_slices(message);
  ASSERT_EQ(slices.size(), 2U);

  const Layout halves[] = {layout_of({300, 200}), layout_of({100, 400})};
  const auto stretches = stretches_of(layout.size(), 2);
  for (std::size_t s = 0; s < 2; ++s) {
    const auto own = selection_blocks(halves[s], 0.1, Selection::per_tensor);
    for (const IndexCoding coding :
         {IndexCoding::none, IndexCoding::int32, IndexCoding::int64, IndexCoding::model,
          IndexCoding::bitmap, IndexCoding::tensor, IndexCoding::golomb}) {
      const WireFormat format({.index = coding}, halves[s], sparse_shape(own));
      const std::string name = "index=" + std::string(name_of(coding, index_choices));
      const std::int64_t bits = bits_under(slices[s], sizes.names(), "values=float32") +
                                bits_under(slices[s], sizes.names(), name);
      const auto encoded = format.encode(slice(message, stretches[s]));
      EXPECT_EQ((bits + 7) / 8, static_cast<std::int64_t>(encoded.size())) << name;
      EXPECT_EQ(format.size(slice(message, stretches[s])), Bits{bits}) << name;
    }
    EXPECT_EQ(bits_under(slices[s], sizes.names(), "index=entropy"), entropy_of_positions(own));
  }
}

/// d = 8, of which the stretches are {0, 1, 2, 3} and {4, 5, 6, 7}; tensors of 6 and 2 entries,
/// of which 3 and 1 are sent.
TEST(SliceSizes, CountTheEntriesOfATensorThatABorderCuts) {
  const Layout layout = layout_of({6, 2});
  const WireSizes sizes(layout, sparse_shape({{0, 6, 3}, {6, 2, 1}}), 2);
  const auto slices = sizes.of_slices(Sparse{{1, 4, 5, 7}, {1, 1, 1, 1}});
  const auto bits = [&](std::size_t s, const char* name) {
    return bits_under(slices[s], sizes.names(), name);
  };

  EXPECT_EQ(slices[0].values, 1);
  EXPECT_EQ(slices[1].values, 3);
  EXPECT_EQ(bits(0, "values=float32"), 32);
  EXPECT_EQ(bits(1, "values=float32"), 96);
  EXPECT_EQ(bits(0, "index=int32"), 32);
  EXPECT_EQ(bits(1, "index=int32"), 96);
  EXPECT_EQ(bits(0, "index=model"), 2);  // of 4 entries
  EXPECT_EQ(bits(1, "index=model"), 6);
  EXPECT_EQ(bits(0, "index=bitmap"), 4);
  EXPECT_EQ(bits(0, "index=tensor"), 32 + 2);          // 4 entries of the first tensor
  EXPECT_EQ(bits(1, "index=tensor"), 32 + 2 * 1 + 1);  // 2 of it, 2 of the second, in 1 bit each
  EXPECT_EQ(bits(0, "index=golomb"), 32 + gap_bits({0, 4, 1}, std::vector<std::uint32_t>{1}));
  EXPECT_EQ(bits(1, "index=golomb"), 32 + gap_bits({0, 2, 2}, std::vector<std::uint32_t>{0, 1}) +
                                         gap_bits({2, 2, 1}, std::vector<std::uint32_t>{3}));
}

TEST(SliceSizes, OfASelectionFromAllTensorsCountEachTensorUnderTensor) {
  const Layout layout = aligned_layout();
  const WireSizes sizes(layout, sparse_shape({{0, 1000, 2}}), 2);
  const auto slices = sizes.of_slices(Sparse{{0, 999}, {1, 1}});

  EXPECT_EQ(bits_under(slices[0], sizes.names(), "index=tensor"), 2 * 32 + 9);  // of 300 and 200
  EXPECT_EQ(bits_under(slices[1], sizes.names(), "index=tensor"), 2 * 32 + 9);  // of 100 and 400
  EXPECT_EQ(bits_under(slices[0], sizes.names(), "index=golomb"),
            32 + gap_bits({0, 500, 1}, std::vector<std::uint32_t>{0}));
}

TEST(SliceSizes, OfQuantisedMessagesRepeatTheScaleOfABucketOverABorder) {
  const Layout layout = layout_of({1000});
  const Quantized message{.most_level = 4,
                          .ends = {1000},
                          .scales = {1.0F},
                          .levels = std::vector<std::int16_t>(1000, 1)};
  const WireSizes sizes(
      layout,
      {.representation = Representation::quantized, .blocks = {{0, 1000, 1000}}, .most_level = 4},
      4);
  const auto slices = sizes.of_slices(message);
  const Transmission whole = sizes.of(message);

  ASSERT_EQ(slices.size(), 4U);
  for (const Transmission& one : slices) {
    EXPECT_EQ(bits_under(one, sizes.names(), "values=float32"), 32);
    EXPECT_EQ(4 * bits_under(one, sizes.names(), "levels=fixed"),
              bits_under(whole, sizes.names(), "levels=fixed"));
  }
}

TEST(SliceSizes, OfDenseMessagesFollowFromTheirLength) {
  EXPECT_FALSE(WireSizes(aligned_layout(), {}, 4).slices_vary());
  EXPECT_FALSE(WireSizes(aligned_layout(), sparse_shape({{0, 1000, 2}})).slices_vary());
}

TEST(SliceSizes, OfMoreShardsThanEntriesAreEmpty) {
  const Layout layout = layout_of({2});
  const WireSizes sizes(layout, sparse_shape({{0, 2, 1}}), 3);
  const auto slices = sizes.of_slices(Sparse{{1}, {1}});

  EXPECT_EQ(slices[2].values, 0);
  for (const Bits size : slices[2].encoded) EXPECT_EQ(size, Bits{0});
}

}  // namespace
}  // namespace gradwire::algorithms::slice_sizes_test
