#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/core/units.hpp"
#include "sim/kernels/vector.hpp"

namespace gradwire::algorithms {

/// A tensor of the flat vector that a message has as a product of two factors.
struct FactoredTensor {
  std::uint32_t offset = 0;   ///< of its first entry
  std::uint32_t rows = 0;     ///< n
  std::uint32_t columns = 0;  ///< m; the tensor is an n x m matrix, row by row
  std::uint32_t rank = 0;     ///< r, number of columns of the factors; may be 0
  [[nodiscard]] std::size_t size() const { return std::size_t{rows} * columns; }
  template <class Archive>
  void serialize(Archive& archive) {
    archive(offset, rows, columns, rank);
  }
  friend bool operator==(const FactoredTensor&, const FactoredTensor&) = default;
};

/// Which parts of a LowRank message its receiver has from an earlier exchange: they are not sent
/// and do not count in its size.
struct HeldParts {
  bool left = false;
  bool right = false;
  bool rest = false;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(left, right, rest);
  }
  friend bool operator==(const HeldParts&, const HeldParts&) = default;
};

/// A vector whose tensors are products u diag(s) v^T of few columns, or values as they are.
struct LowRank {
  std::uint32_t size = 0;               ///< d
  std::vector<FactoredTensor> tensors;  ///< ascending, without overlap
  Vector left;    ///< u of each factored tensor, [n, r] row by row, one after the other
  Vector right;   ///< v^T of each, [r, m] row by row
  Vector scales;  ///< s of each, [r]; empty: ones
  Vector rest;    ///< the entries of all other tensors, in order
  HeldParts held;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(size, tensors, left, right, scales, rest, held);
  }
  friend bool operator==(const LowRank&, const LowRank&) = default;
};

/// Adds a vector of low rank to a dense one block by block. An entry of a factored tensor is
///   sum_k (u_ik s_k) v_kj,   k = 0, 1, ...,
/// each product rounded and then the sum (kernels/thin_products.hpp).
class LowRankBlocks {
 public:
  explicit LowRankBlocks(const LowRank& message) : message_(&message) {}
  /// sum <- sum + entries [begin, begin + sum.size()). Call in ascending order of `begin`.
  void add_to(std::span<float> sum, std::size_t begin) { combine(1.0F, sum, begin); }
  /// sum <- sum - entries. The same rounded entries as in add_to().
  void subtract_from(std::span<float> sum, std::size_t begin) { combine(-1.0F, sum, begin); }

 private:
  void combine(float sign, std::span<float> sum, std::size_t begin);
  /// The first entries of `sum`, at most to the end of the factored tensor; returns how many.
  std::size_t combine_factored(float sign, std::span<float> sum, std::size_t begin);
  /// The same up to the next factored tensor.
  std::size_t combine_rest(float sign, std::span<float> sum, std::size_t begin);

  const LowRank* message_;
  std::size_t next_ = 0;     ///< factored tensor that ends after the next entry
  std::size_t left_at_ = 0;  ///< its factors, in the message's vectors
  std::size_t right_at_ = 0;
  std::size_t scales_at_ = 0;
  std::size_t factored_ = 0;  ///< entries of the factored tensors before it
};

/// Numbers of values in the parts of a message with these factored tensors.
struct LowRankSizes {
  std::size_t left = 0;
  std::size_t right = 0;
  std::size_t scales = 0;
  std::size_t rest = 0;
};
[[nodiscard]] LowRankSizes sizes_of(std::span<const FactoredTensor> tensors, std::size_t d);

/// The values that are sent: the parts that the receiver does not hold.
[[nodiscard]] std::int64_t values_in(const LowRank& message);
/// 32 bits per value sent (PowerSGD, arXiv 1905.13727; ATOMO, arXiv 1806.04090).
[[nodiscard]] Bits payload_bits(const LowRank& message);
[[nodiscard]] Bytes stored_bytes(const LowRank& message);
/// v <- v - message.   v: [d]
void subtract_from(const LowRank& message, std::span<float> v);
/// v <- v + message.   v: [d]
void add_to(const LowRank& message, std::span<float> v);

}  // namespace gradwire::algorithms
