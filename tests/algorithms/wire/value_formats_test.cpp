#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

#include "sim/algorithms/wire/wire.hpp"
#include "sim/algorithms/wire/wire_sizes.hpp"
#include "sim/core/error.hpp"
#include "sim/core/random.hpp"

namespace gradwire::algorithms::value_formats_test {
namespace {

constexpr ValueFormat all_formats[] = {ValueFormat::float32, ValueFormat::float16,
                                       ValueFormat::bfloat16, ValueFormat::power_of_two};
constexpr IndexCoding all_indices[] = {IndexCoding::none,   IndexCoding::int32, IndexCoding::int64,
                                       IndexCoding::seed,   IndexCoding::model, IndexCoding::bitmap,
                                       IndexCoding::tensor, IndexCoding::golomb};

Layout random_layout(RandomStream& random) {
  Layout layout;
  layout.add("single", {1});
  const auto tensors = random.below(5);
  for (std::uint64_t i = 0; i < tensors; ++i) {
    layout.add("some", {static_cast<std::int64_t>(random.below(50))});  // may be empty
  }
  return layout;
}

/// Values that have codes; those whose bits are no number are left out.
template <class Values>
Values random_values(std::size_t n, ValueFormat format, RandomStream& random) {
  Values values(n);
  for (float& value : values) {
    do {
      value = value_of(
          static_cast<std::uint32_t>(random.below(std::uint64_t{1} << value_bits(format))), format);
    } while (std::isnan(value));
  }
  return values;
}

std::vector<std::uint32_t> random_indices(const std::vector<Block>& blocks, RandomStream& random) {
  std::vector<std::uint32_t> indices;
  for (const auto& [offset, size, kept] : blocks) {
    std::vector<std::uint32_t> all(size);
    for (std::size_t i = 0; i < size; ++i) all[i] = static_cast<std::uint32_t>(offset + i);
    random.shuffle(std::span(all));
    all.resize(kept);
    std::ranges::sort(all);
    indices.insert(indices.end(), all.begin(), all.end());
  }
  return indices;
}

TEST(ValueFormats, DenseMessagesOfRandomShapesComeBack) {
  RandomStream random = stream(1, "dense formats");
  for (int t = 0; t < 40; ++t) {
    for (const ValueFormat values : all_formats) {
      const Layout layout = random_layout(random);
      const WireFormat format({.header_bytes = t % 3}, layout,
                              {.representation = Representation::dense, .values = values});
      const Message message = Dense{random_values<Vector>(layout.size(), values, random), values};
      const auto bits = value_bits(values) * static_cast<std::int64_t>(layout.size());
      EXPECT_EQ(payload_bits(message), Bits{bits});
      EXPECT_EQ(format.size(message), Bits{8 * (t % 3) + bits});
      const std::vector<std::uint8_t> bytes = format.encode(message);
      EXPECT_EQ(static_cast<std::int64_t>(bytes.size()), bytes_for(format.size(message)).value);
      EXPECT_EQ(format.decode(bytes), message);
    }
  }
}

TEST(ValueFormats, SparseMessagesOfRandomShapesComeBackUnderEveryIndexCoding) {
  RandomStream random = stream(1, "sparse formats");
  for (int t = 0; t < 20; ++t) {
    const Layout layout = random_layout(random);
    const auto selection = t % 2 == 0 ? Selection::per_tensor : Selection::whole_model;
    const auto blocks = selection_blocks(layout, t % 5 == 0 ? 1.0 : 0.2, selection);
    for (const ValueFormat values : all_formats) {
      const MessageShape shape{
          .representation = Representation::sparse, .blocks = blocks, .values = values};
      const auto indices = random_indices(blocks, random);
      const Sparse message{
          indices, random_values<std::vector<float>>(indices.size(), values, random), values};
      for (const IndexCoding index : all_indices) {
        const WireFormat format({.index = index}, layout, shape);
        const std::vector<std::uint8_t> bytes = format.encode(message);
        EXPECT_EQ(format.size(message).value,
                  payload_bits(message).value + format.index_size(message.indices).value);
        EXPECT_EQ(static_cast<std::int64_t>(bytes.size()), bytes_for(format.size(message)).value);
        EXPECT_EQ(format.decode(bytes, indices), Message(message));
      }
    }
  }
}

// 4071 values of 16 bits, with and without the indices of each tensor (13 022 + 63 956).
TEST(ValueFormats, GoldenSizesOfTheTopPercentOfAFullyConnectedNet) {
  Layout layout;
  for (const std::int64_t size : {401408, 512, 5120, 10}) layout.add("tensor", {size});
  const auto blocks = selection_blocks(layout, 0.01, Selection::per_tensor);
  RandomStream random = stream(1, "golden formats");
  const auto indices = random_indices(blocks, random);
  ASSERT_EQ(indices.size(), 4071U);
  const MessageShape shape{
      .representation = Representation::sparse, .blocks = blocks, .values = ValueFormat::float16};
  const Message message = Sparse{indices, std::vector<float>(4071, 0.5F), ValueFormat::float16};
  EXPECT_EQ(WireFormat({.index = IndexCoding::none}, layout, shape).size(message), Bits{65136});
  EXPECT_EQ(WireFormat({.index = IndexCoding::tensor}, layout, shape).size(message),
            Bits{207250 - 65136});
}

TEST(ValueFormats, SizesForTracesAreThoseOfTheMessagesFormat) {
  Layout layout;
  layout.add("all", {100});
  for (const ValueFormat values : all_formats) {
    const WireSizes sizes(layout, {.representation = Representation::dense, .values = values});
    EXPECT_EQ(sizes.names(), EncodingNames{"values=" + std::string(name_of(values))});
    const Transmission sent = sizes.of(Dense{Vector(100, 1.0F), values});
    EXPECT_EQ(sent.encoded[0], Bits{100 * value_bits(values)});
    EXPECT_EQ(sent.payload, Bits{100 * value_bits(values)});
    EXPECT_EQ(sizes.of(Dense{Vector(7, 1.0F)}).encoded[0], Bits{32 * 7});  // the server's
    EXPECT_EQ(selected_encodings({}, sizes.names()), std::vector<std::size_t>{0});
  }
}

TEST(ValueFormats, EveryTruncationAndExtensionOfAMessageIsAnError) {
  Layout layout;
  layout.add("all", {13});
  RandomStream random = stream(1, "truncated formats");
  for (const ValueFormat values : all_formats) {
    const WireFormat format({}, layout,
                            {.representation = Representation::dense, .values = values});
    std::vector<std::uint8_t> bytes =
        format.encode(Dense{random_values<Vector>(13, values, random), values});
    for (std::size_t length = 1; length < bytes.size(); ++length) {
      EXPECT_THROW((void)format.decode(std::span(bytes).first(length)), InputError) << length;
    }
    bytes.push_back(0);
    EXPECT_THROW((void)format.decode(bytes), InputError);
  }
}

TEST(ValueFormats, MessagesOfAnotherFormatAreRefused) {
  Layout layout;
  layout.add("all", {2});
  const WireFormat format(
      {}, layout, {.representation = Representation::dense, .values = ValueFormat::bfloat16});
  EXPECT_THROW((void)format.encode(Dense{{1.0F, 2.0F}}), std::invalid_argument);
  EXPECT_THROW((void)format.encode(Dense{{1.0F, 0.1F}, ValueFormat::bfloat16}),
               std::invalid_argument);
}

}  // namespace
}  // namespace gradwire::algorithms::value_formats_test
