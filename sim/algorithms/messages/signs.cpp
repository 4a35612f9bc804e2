#include "sim/algorithms/messages/signs.hpp"

#include <algorithm>

#include "sim/kernels/signs.hpp"

namespace gradwire::algorithms {

void SignsBlocks::add_to(std::span<float> sum, std::size_t begin) {
  const std::size_t end = begin + sum.size();
  while (begin < end) {
    while (signs_->ends[bucket_] <= begin) {
      first_byte_ += bytes_of_signs(signs_->ends[bucket_] - bucket_begin_);
      bucket_begin_ = signs_->ends[bucket_++];
    }
    const float positive = signs_->positive(bucket_);
    const float negative = signs_->negative_of(bucket_);
    const std::size_t at = begin - bucket_begin_;
    const std::uint8_t* const bits = signs_->negative.data() + first_byte_ + at / 8;
    std::size_t count = std::min<std::size_t>(end, signs_->ends[bucket_]) - begin;
    if (at % 8 != 0) {  // up to the next byte
      count = std::min(count, 8 - at % 8);
      for (std::size_t i = 0; i < count; ++i) {
        sum[i] += (*bits >> (at % 8 + i) & 1) != 0 ? negative : positive;
      }
    } else {
      add_selected({bits, bytes_of_signs(count)}, positive, negative, sum.first(count));
    }
    sum = sum.subspan(count);
    begin += count;
  }
}

std::int64_t values_in(const Signs& signs) { return signs.ends.empty() ? 0 : signs.ends.back(); }

Bits payload_bits(const Signs& signs) {
  return {32 * static_cast<std::int64_t>(signs.floats()) + values_in(signs)};
}

Bytes stored_bytes(const Signs& signs) {
  return {static_cast<std::int64_t>(signs.negative.size() + signs.floats() * sizeof(float) +
                                    signs.ends.size() * sizeof(std::uint32_t))};
}

void subtract_from(const Signs& signs, std::span<float> v) {
  std::span<const std::uint8_t> bits = signs.negative;
  std::size_t begin = 0;
  for (std::size_t b = 0; b < signs.ends.size(); ++b) {
    const std::size_t count = signs.ends[b] - begin;
    const std::size_t bytes = bytes_of_signs(count);
    add_selected(bits.first(bytes), -signs.positive(b), -signs.negative_of(b),  // same roundings
                 v.subspan(begin, count));
    bits = bits.subspan(bytes);
    begin += count;
  }
}

void add_to(const Signs& signs, std::span<float> v) { SignsBlocks(signs).add_to(v, 0); }

}  // namespace gradwire::algorithms
