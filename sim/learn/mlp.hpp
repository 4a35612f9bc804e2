#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/core/layout.hpp"
#include "sim/core/problem.hpp"
#include "sim/core/products.hpp"
#include "sim/core/vector.hpp"
#include "sim/learn/draws.hpp"

namespace gradwire::learn {

template <class Real>
using Buffer = std::vector<Real, AlignedAllocator<Real>>;

/// Some consecutive samples of a pass, for instance one worker's of a group's.
struct Rows {
  std::size_t first = 0;
  std::size_t count = 0;
};

/// Samples sent through the net at one theta, and what came of it: enough for their gradients. R
/// samples; layer l maps in_l values to out_l. Buffers grow when first used and are used again.
template <class Real>
struct Pass {
  std::span<const Real> inputs;           ///< [R, in_0]; not owned
  std::vector<Buffer<Real>> outputs;      ///< of layer l, ReLU applied except the last: [R, out_l]
  std::vector<Buffer<Real>> deltas;       ///< d loss / d (layer l before its ReLU), [R, out_l]
  Buffer<double> likelihoods;             ///< softmax of the last layer, [R, classes]
  std::vector<BatchStatistics> outcomes;  ///< of each sample, [R]

  /// Sums over these rows, in their order.
  [[nodiscard]] BatchStatistics statistics(Rows rows) const;
};

/// A layer of theta as passes through it read it.
template <class Real>
struct PackedLayer {
  Panels<Real> panels;   ///< its weights W, for the forward pass
  Buffer<Real> weights;  ///< W as theta has it, [out, in], for the backward pass; not the first's
  Buffer<Real> bias;     ///< [out]
};

/// All of theta, in that order; made once for each model version (PackedModels).
template <class Real>
using PackedWeights = std::vector<PackedLayer<Real>>;

/// theta again, [d].
[[nodiscard]] Vector unpacked(const PackedWeights<float>& weights);

/// A fully connected net with ReLU between its layers and mean cross-entropy behind the last:
/// PyTorch's Sequential(Linear, ReLU, ..., Linear), tensors named and laid as PyTorch does.
/// Written out as matrix products (core/products.hpp), without an autograd graph; the tests hold it
/// against LibTorch's. What a sample gives does not depend on the other samples of its pass, to the
/// bit. For Real = float, and for double as the tests' reference. Stateless, so used from any
/// thread. Spans of theta are [d].
class Mlp {
 public:
  Mlp(std::int64_t inputs, const std::vector<std::int64_t>& hidden, std::int64_t classes);

  [[nodiscard]] const Layout& layout() const { return layout_; }
  [[nodiscard]] std::size_t inputs() const { return layers_.front().in; }

  /// theta^0: PyTorch's default for Linear, weights and biases uniform in +-1/sqrt(in).
  [[nodiscard]] Vector initial_parameters(const Draws& draws) const;

  template <class Real>
  void pack(std::span<const Real> theta, PackedWeights<Real>& weights) const;

  /// Fills outputs, likelihoods and outcomes. inputs: [R, in_0], and must outlive what is done with
  /// `pass`; labels: [R].
  template <class Real>
  void forward(const PackedWeights<Real>& weights, std::span<const Real> inputs,
               std::span<const std::uint8_t> labels, Pass<Real>& pass) const;

  /// Fills deltas, after forward(); the loss is the mean over minibatches of `batch_size` samples.
  template <class Real>
  void backward(const PackedWeights<Real>& weights, std::span<const std::uint8_t> labels,
                std::size_t batch_size, Pass<Real>& pass) const;

  /// out <- alpha g or out + alpha g, where g is the sum over `rows` of the samples' gradients,
  /// [d], after backward(). Rounded as scale() and add_scaled() would round it. Tells
  /// the watcher, if there is one, of all entries.
  template <class Real>
  void gradient(const Pass<Real>& pass, Rows rows, Real alpha, Into into, std::span<Real> out,
                Watcher* watcher = nullptr) const;

  /// ||g_a - g_b||^2 of the two gradients that gradient() would give, for the same samples at two
  /// thetas, without forming either. A layer's gradient is D^T H (deltas and inputs, one row a
  /// sample), so with E = D_a - D_b and F = H_a - H_b the difference is E^T H_a + D_b^T F, whose
  /// squared norm needs only products of rows with rows:
  ///   <E E^T, H_a H_a^T + 1> + 2 <E D_b^T, H_a F^T> + <D_b D_b^T, F F^T>   (+ 1: the bias)
  /// In double precision. Nearly equal models do not cancel, because each term has two small
  /// factors: relative to those three terms' size the error is some 1e-15 times R.
  template <class Real>
  [[nodiscard]] double squared_distance(const Pass<Real>& a, Rows rows_a, const Pass<Real>& b,
                                        Rows rows_b) const;

 private:
  struct Layer {
    std::size_t in;
    std::size_t out;
    std::size_t weight;  ///< offset of [out, in] in theta
    std::size_t bias;    ///< offset of [out]
  };

  std::vector<Layer> layers_;
  Layout layout_;
};

}  // namespace gradwire::learn
