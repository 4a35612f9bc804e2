#include "sim/algorithms/messages/low_rank.hpp"

#include <algorithm>

#include "sim/kernels/arithmetic.hpp"
#include "sim/kernels/thin_products.hpp"

namespace gradwire::algorithms {

void LowRankBlocks::combine(float sign, std::span<float> sum, std::size_t begin) {
  const std::vector<FactoredTensor>& tensors = message_->tensors;
  while (!sum.empty()) {
    while (next_ < tensors.size() && tensors[next_].offset + tensors[next_].size() <= begin) {
      const FactoredTensor& passed = tensors[next_++];
      left_at_ += std::size_t{passed.rows} * passed.rank;
      right_at_ += std::size_t{passed.columns} * passed.rank;
      scales_at_ += passed.rank;
      factored_ += passed.size();
    }
    const bool is_factored = next_ < tensors.size() && tensors[next_].offset <= begin;
    const std::size_t done =
        is_factored ? combine_factored(sign, sum, begin) : combine_rest(sign, sum, begin);
    sum = sum.subspan(done);
    begin += done;
  }
}

std::size_t LowRankBlocks::combine_factored(float sign, std::span<float> sum, std::size_t begin) {
  const FactoredTensor& tensor = message_->tensors[next_];
  const std::size_t first = begin - tensor.offset;
  const std::size_t count = std::min(sum.size(), tensor.size() - first);
  const std::size_t r = tensor.rank;
  const auto right = std::span(message_->right).subspan(right_at_, r * tensor.columns);
  const std::size_t first_row = first / tensor.columns;
  const std::size_t rows = (first + count - 1) / tensor.columns + 1 - first_row;
  const auto left = std::span(message_->left).subspan(left_at_ + first_row * r, rows * r);
  const Product product{.left = left, .right = right, .inner = r, .columns = tensor.columns};
  const std::size_t skipped = first - first_row * tensor.columns;
  if (message_->scales.empty()) {
    add_product(sign, product, skipped, sum.first(count));
    return count;
  }
  Vector scaled(left.begin(), left.end());
  for (std::size_t i = 0; i < scaled.size(); ++i) scaled[i] *= message_->scales[scales_at_ + i % r];
  add_product(sign, {.left = scaled, .right = right, .inner = r, .columns = tensor.columns},
              skipped, sum.first(count));
  return count;
}

std::size_t LowRankBlocks::combine_rest(float sign, std::span<float> sum, std::size_t begin) {
  const std::size_t end =
      next_ < message_->tensors.size() ? message_->tensors[next_].offset : message_->size;
  const std::size_t count = std::min(sum.size(), end - begin);
  add_scaled(sign, std::span(message_->rest).subspan(begin - factored_, count), sum.first(count));
  return count;
}

LowRankSizes sizes_of(std::span<const FactoredTensor> tensors, std::size_t d) {
  LowRankSizes sizes{.rest = d};
  for (const FactoredTensor& tensor : tensors) {
    sizes.left += std::size_t{tensor.rows} * tensor.rank;
    sizes.right += std::size_t{tensor.columns} * tensor.rank;
    sizes.scales += tensor.rank;
    sizes.rest -= tensor.size();
  }
  return sizes;
}

std::int64_t values_in(const LowRank& message) {
  std::size_t values = message.scales.size();
  if (!message.held.left) values += message.left.size();
  if (!message.held.right) values += message.right.size();
  if (!message.held.rest) values += message.rest.size();
  return static_cast<std::int64_t>(values);
}

Bits payload_bits(const LowRank& message) { return {32 * values_in(message)}; }

Bytes stored_bytes(const LowRank& message) {
  const std::size_t floats =
      message.left.size() + message.right.size() + message.scales.size() + message.rest.size();
  return {static_cast<std::int64_t>(floats * sizeof(float) +
                                    message.tensors.size() * sizeof(FactoredTensor))};
}

void subtract_from(const LowRank& message, std::span<float> v) {
  LowRankBlocks(message).subtract_from(v, 0);
}

void add_to(const LowRank& message, std::span<float> v) { LowRankBlocks(message).add_to(v, 0); }

}  // namespace gradwire::algorithms
