#include "sim/algorithms/messages/coded_sparse.hpp"

namespace gradwire::algorithms {
namespace {

/// The kept entries, [k].
std::vector<float> values_of(const CodedSparse& sparse) {
  std::vector<float> values(sparse.indices.size(), 0.0F);
  std::visit([&](const auto& coded) { add_to(coded, values); }, sparse.values);
  return values;
}

}  // namespace

CodedSparseBlocks::CodedSparseBlocks(const CodedSparse& sparse)
    : sparse_(&sparse), values_(values_of(sparse)) {}

void CodedSparseBlocks::add_to(std::span<float> sum, std::size_t begin) {
  const std::size_t end = begin + sum.size();
  const std::vector<std::uint32_t>& indices = sparse_->indices;
  for (; next_ < indices.size() && indices[next_] < end; ++next_) {
    sum[indices[next_] - begin] += values_[next_];
  }
}

std::int64_t values_in(const CodedSparse& sparse) {
  return static_cast<std::int64_t>(sparse.indices.size());
}

Bits payload_bits(const CodedSparse& sparse) {
  return std::visit([](const auto& coded) { return payload_bits(coded); }, sparse.values);
}

Bytes stored_bytes(const CodedSparse& sparse) {
  const Bytes values =
      std::visit([](const auto& coded) { return stored_bytes(coded); }, sparse.values);
  return values + Bytes{static_cast<std::int64_t>(sparse.indices.size() * sizeof(std::uint32_t))};
}

void subtract_from(const CodedSparse& sparse, std::span<float> v) {
  const std::vector<float> values = values_of(sparse);
  for (std::size_t i = 0; i < values.size(); ++i) v[sparse.indices[i]] -= values[i];
}

void add_to(const CodedSparse& sparse, std::span<float> v) {
  CodedSparseBlocks(sparse).add_to(v, 0);
}

}  // namespace gradwire::algorithms
