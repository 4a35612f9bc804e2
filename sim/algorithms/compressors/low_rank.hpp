#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "sim/algorithms/compressors/compressor.hpp"

namespace gradwire::algorithms {

inline constexpr WholeParameter rank_parameter{
    .key = "rank",
    .help = "r: columns of the factors of a tensor; of atomo, their expected number",
    .range = {1, 65536},
    .default_value = 2};

/// The tensors of dimension 2 and more as n x m matrices with n the first extent, and
/// r_l = min(n, m, rank). Empty tensors are left out.
[[nodiscard]] std::vector<FactoredTensor> matrices_of(const Layout& layout, std::size_t rank);

/// The entries of v that are in no factored tensor, in order.
[[nodiscard]] Vector rest_of(std::span<const float> v, std::span<const FactoredTensor> tensors);
/// Sets them to 0.
void clear_rest(std::span<float> v, std::span<const FactoredTensor> tensors);

/// A message of these factored tensors and rest, without factors.
[[nodiscard]] LowRank unfactored(std::span<const float> v, std::vector<FactoredTensor> tensors);

/// The mean of one part of the LowRank messages, whose ranks are equal, in the order of the
/// messages; Skip does not count.
[[nodiscard]] Vector mean_of(std::span<const Message> messages, Vector LowRank::*part);
/// The mean of the Dense messages.
[[nodiscard]] Dense mean_of_dense(std::span<const Message> messages);
/// The first message that is no Skip; null if there is none.
[[nodiscard]] const Message* first_sent(std::span<const Message> messages);

/// The part of a message's left (or right) factors that belongs to one tensor, in order.
class FactorReader {
 public:
  explicit FactorReader(std::span<float> factors) : left_(factors) {}
  std::span<float> next(std::size_t extent, std::size_t rank) {
    const auto front = left_.first(extent * rank);
    left_ = left_.subspan(front.size());
    return front;
  }

 private:
  std::span<float> left_;
};

/// left <- M right^T of each tensor M of v.   right: [r, m], left: [n, r], one after the other
void multiply_by_right(std::span<const float> v, std::span<const FactoredTensor> tensors,
                       Vector& right, Vector& left);
/// right <- left^T M of each tensor.
void multiply_by_left(std::span<const float> v, std::span<const FactoredTensor> tensors,
                      Vector& left, Vector& right);
/// Orthonormalises the columns of each tensor's left factor.
void orthonormalise_left(std::span<const FactoredTensor> tensors, Vector& left,
                         const RandomKey& key);
/// Orthonormalises the rows of each tensor's right factor.
void orthonormalise_right(std::span<const FactoredTensor> tensors, Vector& right,
                          const RandomKey& key);

extern const CompressorKind low_rank_kind;

}  // namespace gradwire::algorithms
