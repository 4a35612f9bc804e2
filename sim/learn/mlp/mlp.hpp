#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/core/layout.hpp"
#include "sim/core/problem.hpp"
#include "sim/kernels/products.hpp"
#include "sim/kernels/vector.hpp"
#include "sim/learn/data/samples/label.hpp"
#include "sim/learn/random_source.hpp"

namespace gradwire::learn {

template <class Real>
using Buffer = std::vector<Real, AlignedAllocator<Real>>;

/// Consecutive samples of a pass, for instance those of one worker in a group.
struct Rows {
  std::size_t first = 0;
  std::size_t count = 0;
};

/// Forward and backward pass of R samples at one theta: all that their gradients require. Layer l
/// maps in_l values to out_l. Buffers are allocated at first use and reused.
template <class Real>
struct Pass {
  std::span<const Real> inputs;       ///< [R, in_0]; not owned
  std::vector<Buffer<Real>> outputs;  ///< of layer l, after ReLU except for the last, [R, out_l]
  std::vector<Buffer<Real>> deltas;   ///< d loss / d (layer l before its ReLU), [R, out_l]
  Buffer<double> likelihoods;         ///< softmax of the last layer, [R, classes]
  std::vector<BatchStatistics> outcomes;  ///< per sample, [R]

  /// Sums over these rows, in ascending order.
  [[nodiscard]] BatchStatistics statistics(Rows rows) const;
};

/// A layer of theta in the layouts that passes read.
template <class Real>
struct PackedLayer {
  Panels<Real> panels;   ///< its weights W, for the forward pass
  Buffer<Real> weights;  ///< W as in theta, [out, in], for the backward pass; not for layer 0
  Buffer<Real> bias;     ///< [out]
};

/// All layers of theta; made once per model version (PackedParameterCache).
template <class Real>
using PackedWeights = std::vector<PackedLayer<Real>>;

/// Restores theta, [d].
[[nodiscard]] Vector unpacked(const PackedWeights<float>& weights);

/// Fully connected net with ReLU between its layers and mean cross-entropy as its loss: PyTorch's
/// Sequential(Linear, ReLU, ..., Linear), with PyTorch's names and layouts of tensors. Implemented
/// as matrix products (kernels/products.hpp) without an autograd graph; tests compare it with
/// LibTorch's autograd. The results of a sample are bitwise independent of the other samples of its
/// pass. Real is float, or double as the tests' reference. Stateless, hence thread-safe. Spans of
/// theta are [d].
class Mlp {
 public:
  Mlp(std::int64_t inputs, const std::vector<std::int64_t>& hidden, std::int64_t classes);

  [[nodiscard]] const Layout& layout() const { return layout_; }
  [[nodiscard]] std::size_t inputs() const { return layers_.front().in; }

  /// theta^0: PyTorch's default for Linear, weights and biases uniform in +-1/sqrt(in).
  [[nodiscard]] Vector initial_parameters(const RandomSource& draws) const;

  template <class Real>
  void pack(std::span<const Real> theta, PackedWeights<Real>& weights) const;

  /// Fills outputs, likelihoods and outcomes. inputs: [R, in_0], must outlive all use of `pass`;
  /// labels: [R].
  template <class Real>
  void forward(const PackedWeights<Real>& weights, std::span<const Real> inputs,
               std::span<const Label> labels, Pass<Real>& pass) const;
  /// The same, bit by bit, with theta as it is: costs less than packing it if it serves one pass.
  void forward(std::span<const float> theta, std::span<const float> inputs,
               std::span<const Label> labels, Pass<float>& pass) const;

  /// Fills deltas; requires forward(). The loss is the mean over minibatches of `batch_size`
  /// samples.
  template <class Real>
  void backward(const PackedWeights<Real>& weights, std::span<const Label> labels,
                std::size_t batch_size, Pass<Real>& pass) const;
  void backward(std::span<const float> theta, std::span<const Label> labels, std::size_t batch_size,
                Pass<float>& pass) const;

  /// out <- alpha g or out + alpha g, where g is the sum over `rows` of the samples' gradients,
  /// [d]; requires backward(). Rounded as by scale() and add_scaled(). Reports all entries to the
  /// observer unless it is null.
  template <class Real>
  void gradient(const Pass<Real>& pass, Rows rows, Real alpha, Into into, std::span<Real> out,
                WriteObserver* watcher = nullptr) const;

  /// out <- sum of the terms + alpha g, with the bits of weighted_sum() and then gradient(). terms:
  /// at least one vector [d], of which out may be the first.
  void add_gradient(const Pass<float>& pass, Rows rows, std::span<const Weighted> terms,
                    float alpha, std::span<float> out, WriteObserver& watcher) const;

  /// ||g_a - g_b||^2 of the two gradients that gradient() would compute, for the same samples at
  /// two thetas, without forming either. A layer's gradient is D^T H (deltas and inputs, one row
  /// per sample), so with E = D_a - D_b and F = H_a - H_b the difference is E^T H_a + D_b^T F,
  /// whose squared norm requires only products of rows with rows:
  ///   <E E^T, H_a H_a^T + 1> + 2 <E D_b^T, H_a F^T> + <D_b D_b^T, F F^T>   (+ 1: the bias)
  /// Computed in double precision. Nearly equal models cause no cancellation, because each term has
  /// two small factors: the error is about 1e-15 R relative to the size of the three terms.
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

  /// `affine_layer(l, inputs, activation, out)` computes layer l.
  template <class Real, class AffineLayer>
  void forward_with(AffineLayer affine_layer, std::span<const Real> inputs,
                    std::span<const Label> labels, Pass<Real>& pass) const;
  /// `weights_of(l)`: W of layer l, [out, in].
  template <class Real, class WeightsOf>
  void backward_with(WeightsOf weights_of, std::span<const Label> labels, std::size_t batch_size,
                     Pass<Real>& pass) const;
  /// Calls `write` for the pieces of the gradient, in ascending order.
  template <class Real, class Write>
  void each_piece(const Pass<Real>& pass, Rows rows, Write write) const;

  std::vector<Layer> layers_;
  Layout layout_;
};

}  // namespace gradwire::learn
