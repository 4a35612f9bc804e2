#include "sim/algorithms/messages/slice.hpp"

#include <algorithm>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <vector>

namespace gradwire::algorithms {
namespace {

/// The buckets that have entries in a stretch, as positions [first, last) in the message's, and
/// their ends in the stretch.
struct BucketSlice {
  std::size_t first = 0;
  std::size_t last = 0;
  std::vector<std::uint32_t> ends;
};

BucketSlice buckets_in(std::span<const std::uint32_t> ends, const Stretch& stretch) {
  BucketSlice slice;
  if (stretch.size() == 0) return slice;
  const auto first = std::ranges::upper_bound(ends, stretch.begin);
  slice.first = slice.last = static_cast<std::size_t>(first - ends.begin());
  for (std::size_t begin = stretch.begin; begin < stretch.end; ++slice.last) {
    begin = std::min<std::size_t>(ends[slice.last], stretch.end);
    slice.ends.push_back(static_cast<std::uint32_t>(begin - stretch.begin));
  }
  return slice;
}

/// Of one value per bucket, or none.
std::vector<float> taken(std::span<const float> of_buckets, const BucketSlice& slice) {
  if (of_buckets.empty()) return {};
  const auto some = of_buckets.subspan(slice.first, slice.last - slice.first);
  return {some.begin(), some.end()};
}

Quantized slice_of(const Quantized& message, const Stretch& stretch) {
  BucketSlice buckets = buckets_in(message.ends, stretch);
  const auto levels = std::span(message.levels).subspan(stretch.begin, stretch.size());
  return {.most_level = message.most_level,
          .odd_levels = message.odd_levels,
          .ends = std::move(buckets.ends),
          .scales = taken(message.scales, buckets),
          .levels = {levels.begin(), levels.end()}};
}

Signs slice_of(const Signs& message, const Stretch& stretch) {
  constexpr std::size_t byte = 8;
  const BucketSlice buckets = buckets_in(message.ends, stretch);
  Signs slice{.ends = buckets.ends,
              .scales = taken(message.scales, buckets),
              .negative_values = taken(message.negative_values, buckets),
              .negative = {}};
  std::size_t first_byte = 0;  // of the bucket, in the message
  for (std::size_t b = 0, begin = 0; b < buckets.last; begin = message.ends[b++]) {
    const std::size_t end = message.ends[b];
    if (b >= buckets.first) {
      const std::size_t from = std::max(begin, stretch.begin), to = std::min(end, stretch.end);
      const std::size_t at = slice.negative.size();
      slice.negative.resize(at + (to - from + byte - 1) / byte, 0);
      for (std::size_t i = from; i < to; ++i) {
        const std::size_t bit = i - begin, into = i - from;
        const bool is_set = (message.negative[first_byte + bit / byte] >> (bit % byte) & 1) != 0;
        if (is_set) {
          slice.negative[at + into / byte] |= static_cast<std::uint8_t>(1U << (into % byte));
        }
      }
    }
    first_byte += (end - begin + byte - 1) / byte;
  }
  return slice;
}

/// Of ascending indices: which of them are in the stretch.
Stretch kept_in(std::span<const std::uint32_t> indices, const Stretch& stretch) {
  const auto position = [&](std::size_t entry) {
    return static_cast<std::size_t>(std::ranges::lower_bound(indices, entry) - indices.begin());
  };
  return {position(stretch.begin), position(stretch.end)};
}

std::vector<std::uint32_t> indices_from(std::span<const std::uint32_t> indices, const Stretch& kept,
                                        std::size_t begin) {
  std::vector<std::uint32_t> result;
  result.reserve(kept.size());
  for (const std::uint32_t index : indices.subspan(kept.begin, kept.size())) {
    result.push_back(static_cast<std::uint32_t>(index - begin));
  }
  return result;
}

}  // namespace

Message slice(const Message& message, const Stretch& stretch) {
  struct {
    const Stretch& stretch;
    Message operator()(const Dense& dense) const {
      const auto values = std::span(dense.values).subspan(stretch.begin, stretch.size());
      return Dense{.values = Vector(values.begin(), values.end()), .format = dense.format};
    }
    Message operator()(const Sparse& sparse) const {
      const Stretch kept = kept_in(sparse.indices, stretch);
      const auto values = std::span(sparse.values).subspan(kept.begin, kept.size());
      return Sparse{.indices = indices_from(sparse.indices, kept, stretch.begin),
                    .values = {values.begin(), values.end()},
                    .format = sparse.format};
    }
    Message operator()(const Quantized& quantized) const { return slice_of(quantized, stretch); }
    Message operator()(const Signs& signs) const { return slice_of(signs, stretch); }
    Message operator()(const CodedSparse& sparse) const {
      const Stretch kept = kept_in(sparse.indices, stretch);
      CodedSparse result{.indices = indices_from(sparse.indices, kept, stretch.begin),
                         .values = {}};
      std::visit([&](const auto& values) { result.values = slice_of(values, kept); },
                 sparse.values);
      return result;
    }
    Message operator()(const Skip& skip) const { return skip; }
    Message operator()(const LowRank& /*message*/) const {
      throw std::logic_error("a slice of factors");
    }
  } of{stretch};
  return std::visit(of, message);
}

}  // namespace gradwire::algorithms
