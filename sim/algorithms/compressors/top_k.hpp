#pragma once

#include <span>
#include <vector>

#include "sim/algorithms/compressors/selection.hpp"
#include "sim/algorithms/config.hpp"
#include "sim/algorithms/messages/message.hpp"
#include "sim/core/layout.hpp"
#include "sim/core/problem.hpp"
#include "sim/core/units.hpp"
#include "sim/kernels/largest.hpp"
#include "sim/kernels/vector.hpp"

namespace gradwire::algorithms {

/// The identity compressor, C(p) = p, which has no memory.
class Identity {
 public:
  explicit Identity(bool writes = true) : writes_(writes) {}

  /// gamma g(theta), with gamma rounded to single precision, as Dense or deferred (Unwritten).
  Message compress(double gamma, const Model& theta, GradientOracle& gradient);
  /// Does nothing: a dropped gradient is not retransmitted.
  void rollback(const Message& /*lost*/) {}
  /// Always empty.
  [[nodiscard]] std::span<const float> memory() const { return {}; }
  [[nodiscard]] Bytes state_bytes() const { return {0}; }
  template <class Archive>
  void serialize(Archive& /*archive*/) {}

 private:
  bool writes_;
};

/// Top-k with error feedback: sends the entries largest in magnitude (of equal ones the lowest
/// index first) and accumulates the others in the memory. Copies have independent memories.
class TopK {
 public:
  struct Config {
    Layout layout;
    double density = 0.01;  ///< k/d, in (0, 1]
    Selection selection = Selection::per_tensor;
  };
  /// Memory e <- 0. Throws std::invalid_argument for a density outside (0, 1].
  explicit TopK(const Config& config);

  /// (M5) p = gamma g(theta) + e,  q = T_k(p),  e <- p - q.   g, e: [d]; returns q, Sparse.
  /// gamma is rounded to single precision, and so are the product and the sum. Selection is exact:
  /// q has the bits of p in the entries sent, e has them in the others, and e is +0 in the entries
  /// sent.
  Message compress(double gamma, const Model& theta, GradientOracle& gradient);

  /// `lost`, the last q, did not arrive: e <- e + q = p, bit by bit.
  void rollback(const Message& lost);

  /// e, [d].
  [[nodiscard]] std::span<const float> memory() const { return memory_; }
  /// Size of the state between iterations: e.
  [[nodiscard]] Bytes state_bytes() const;
  /// For checkpoints (core/archive.hpp).
  template <class Archive>
  void serialize(Archive& archive) {
    archive(memory_);
  }
  /// The blocks in which it selects, and their k_l.
  [[nodiscard]] const std::vector<Block>& blocks() const { return blocks_; }

 private:
  std::vector<Block> blocks_;
  std::vector<SelectionGuess> guesses_;  ///< one per block; affects only speed
  Vector memory_;
};

/// The configuration given by an experiment file. Throws InputError for an unknown selection.
[[nodiscard]] TopK::Config top_k_config(const AlgorithmConfig& config, const Layout& layout);

}  // namespace gradwire::algorithms
