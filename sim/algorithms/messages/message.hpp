#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>

#include "sim/algorithms/messages/coded_sparse.hpp"
#include "sim/algorithms/messages/dense.hpp"
#include "sim/algorithms/messages/low_rank.hpp"
#include "sim/algorithms/messages/quantized.hpp"
#include "sim/algorithms/messages/signs.hpp"
#include "sim/algorithms/messages/skip.hpp"
#include "sim/algorithms/messages/sparse.hpp"
#include "sim/core/iteration_work.hpp"
#include "sim/core/units.hpp"

namespace gradwire::algorithms {

/// A worker's message in one exchange, closed over representations, not compressors. A new
/// representation is a file that defines the functions below for it; visits are exhaustive, so that
/// a forgotten one does not compile.
using Message = std::variant<Dense, Sparse, Quantized, Signs, Skip, LowRank, CodedSparse>;
static_assert(std::variant_size_v<Message> == static_cast<std::size_t>(last_representation) + 1);

[[nodiscard]] inline std::int64_t values_sent(const Message& message) {
  return std::visit([](const auto& m) { return values_in(m); }, message);
}

/// Size by the convention of the papers: see each representation.
[[nodiscard]] inline Bits payload_bits(const Message& message) {
  return std::visit([](const auto& m) { return payload_bits(m); }, message);
}

/// Memory of the values, indices and levels.
[[nodiscard]] inline Bytes stored_bytes(const Message& message) {
  return std::visit([](const auto& m) { return stored_bytes(m); }, message);
}

/// v <- v - message.   v: [d]
inline void subtract_from(const Message& message, std::span<float> v) {
  std::visit([v](const auto& m) { subtract_from(m, v); }, message);
}

/// v <- v + message.   v: [d]
inline void add_to(const Message& message, std::span<float> v) {
  std::visit([v](const auto& m) { add_to(m, v); }, message);
}

[[nodiscard]] inline Representation representation_of(const Message& message) {
  struct {
    Representation operator()(const Dense&) const { return Representation::dense; }
    Representation operator()(const Sparse&) const { return Representation::sparse; }
    Representation operator()(const Quantized&) const { return Representation::quantized; }
    Representation operator()(const Signs&) const { return Representation::signs; }
    Representation operator()(const CodedSparse&) const { return Representation::coded_sparse; }
    Representation operator()(const Skip&) const { return Representation::nothing; }
    Representation operator()(const LowRank&) const { return Representation::low_rank; }
  } of;
  return std::visit(of, message);
}

/// Whether such messages of all workers may be added on the way to the server, to one of their
/// size: dense ones of floats (the sum of shorter values is not one), and products of which
/// everybody holds one factor.
[[nodiscard]] inline bool is_summable(const Message& message) {
  if (const auto* product = std::get_if<LowRank>(&message)) {
    return product->held.left || product->held.right || product->tensors.empty();
  }
  if (const auto* dense = std::get_if<Dense>(&message)) {
    return dense->format == ValueFormat::float32;
  }
  return std::holds_alternative<Skip>(message);
}

/// Adds one message to a sum block by block, in ascending order of the blocks.
class MessageBlocks {
 public:
  /// `message` must outlive this object.
  explicit MessageBlocks(const Message& message) : blocks_(std::visit(blocks_of, message)) {}

  /// sum <- sum + the message's entries [begin, begin + sum.size()). Precondition: `overrun`
  /// writable entries follow `sum` in memory, which may be overwritten.
  void add_to(std::span<float> sum, std::size_t begin) {
    std::visit([&](auto& blocks) { blocks.add_to(sum, begin); }, blocks_);
  }

 private:
  using Blocks = std::variant<DenseBlocks, SparseBlocks, QuantizedBlocks, SignsBlocks, SkipBlocks,
                              LowRankBlocks, CodedSparseBlocks>;
  static constexpr struct {
    Blocks operator()(const Dense& m) const { return DenseBlocks(m); }
    Blocks operator()(const Sparse& m) const { return SparseBlocks(m); }
    Blocks operator()(const Quantized& m) const { return QuantizedBlocks(m); }
    Blocks operator()(const Signs& m) const { return SignsBlocks(m); }
    Blocks operator()(const CodedSparse& m) const { return CodedSparseBlocks(m); }
    Blocks operator()(const Skip& m) const { return SkipBlocks(m); }
    Blocks operator()(const LowRank& m) const { return LowRankBlocks(m); }
  } blocks_of{};

  Blocks blocks_;
};

}  // namespace gradwire::algorithms
