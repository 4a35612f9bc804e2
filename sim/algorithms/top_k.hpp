#pragma once

#include <span>
#include <vector>

#include "sim/algorithms/config.hpp"
#include "sim/algorithms/message.hpp"
#include "sim/algorithms/selection.hpp"
#include "sim/core/largest.hpp"
#include "sim/core/layout.hpp"
#include "sim/core/problem.hpp"
#include "sim/core/units.hpp"
#include "sim/core/vector.hpp"

namespace gradwire::algorithms {

/// The compressor that keeps everything: C(p) = p, so there is nothing to remember.
class Identity {
 public:
  explicit Identity(bool writes = true) : writes_(writes) {}

  /// Dense gamma g(theta), with gamma rounded to single precision; or the same Unwritten.
  Message compress(double gamma, const Model& theta, GradientOracle& gradient);
  /// A lost gradient is lost.
  void take_back(const Message& /*lost*/) {}
  /// Always empty.
  [[nodiscard]] std::span<const float> memory() const { return {}; }
  [[nodiscard]] Bytes state_bytes() const { return {0}; }
  template <class Archive>
  void serialize(Archive& /*archive*/) {}

 private:
  bool writes_;
};

/// The compressor that keeps the entries largest in magnitude (of equal ones the lowest index) and
/// remembers the others: top-k with error feedback. Copies have memories of their own.
class TopK {
 public:
  struct Config {
    Layout layout;
    double density = 0.01;  ///< k/d, in (0, 1]
    Selection selection = Selection::per_tensor;
  };
  /// Memory e <- 0. A density outside (0, 1] is a std::invalid_argument.
  explicit TopK(const Config& config);

  /// (M5) p = gamma g(theta) + e,  q = T_k(p),  e <- p - q.   g, e: [d]; returns q, Sparse.
  /// gamma is rounded to single precision, and so are the product and the sum. Selection is exact:
  /// q has the very bits of p where it is sent, e where it is not, and e is +0 where q is sent.
  Message compress(double gamma, const Model& theta, GradientOracle& gradient);

  /// `lost`, the last q, did not arrive: e <- e + q = p, to the bit.
  void take_back(const Message& lost);

  /// e, [d].
  [[nodiscard]] std::span<const float> memory() const { return memory_; }
  /// What a worker must hold between iterations: e.
  [[nodiscard]] Bytes state_bytes() const;
  /// For checkpoints (core/archive.hpp).
  template <class Archive>
  void serialize(Archive& archive) {
    archive(memory_);
  }
  /// Where it selects, and how many.
  [[nodiscard]] const std::vector<Block>& blocks() const { return blocks_; }

 private:
  std::vector<Block> blocks_;
  std::vector<SelectionGuess> guesses_;  ///< one a block; makes it faster, and nothing else
  Vector memory_;
};

/// What the experiment file says. An unknown selection is an InputError.
[[nodiscard]] TopK::Config top_k_config(const AlgorithmConfig& config, const Layout& layout);

}  // namespace gradwire::algorithms
