#include "sim/learn/mlp/mlp.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <type_traits>

#include "sim/learn/loss.hpp"

// theta parameters   g gradient   H a layer's inputs [R, in]   W its weights [out, in]
// D deltas [R, out]  R samples of the pass

namespace gradwire::learn {
namespace {

/// d (loss / batch_size) / d logits = (softmax - [j is the label]) / batch_size.
template <class Real>
void differentiate(std::span<const double> likelihoods, std::size_t label, double batch_size,
                   std::span<Real> delta) {
  for (std::size_t j = 0; j < delta.size(); ++j) {
    delta[j] = static_cast<Real>((likelihoods[j] - (j == label ? 1.0 : 0.0)) / batch_size);
  }
}

/// Inputs of layer l, [R, in].
template <class Real>
std::span<const Real> layer_inputs(const Pass<Real>& pass, std::size_t l) {
  return l == 0 ? pass.inputs : std::span<const Real>(pass.outputs[l - 1]);
}

template <class T>
std::span<const T> rows_of(std::span<const T> matrix, Rows rows, std::size_t columns) {
  return matrix.subspan(rows.first * columns, rows.count * columns);
}

/// Number of outputs whose weights, for so many inputs, fit in the second-level cache; a multiple
/// of the ten rows of a tile (kernels/products.cpp).
std::size_t outputs_together(std::size_t inputs) {
  return std::max<std::size_t>(1, 32768 / (10 * inputs)) * 10;
}

/// Entries [begin, end) of a gradient: rows of A^T B from row `first` on.
template <class Real>
struct Piece {
  std::span<const Real> a;
  std::span<const Real> b;
  std::size_t samples;
  std::size_t first;
  std::size_t begin;
  std::size_t end;
};

/// Writes a piece of terms + alpha g, or without terms of out + alpha g, and reports it.
void add_piece(const Piece<float>& piece, std::span<const Weighted> terms, float alpha,
               std::span<float> out, WriteObserver& watcher) {
  const auto& [a, b, samples, first, begin, end] = piece;
  const CandidateMask marks = watcher.marks(begin, end);
  if (marks.bytes != nullptr && add_and_mark(a, b, samples, alpha, first, terms, out, marks)) {
    return watcher.marked(begin, end);
  }
  if (terms.empty()) {
    transposed_product<float>(a, b, samples, alpha, Into::add, first, out);
  } else {
    add_to_sum(a, b, samples, alpha, first, terms, out);
  }
  watcher.written(end);
}

/// Rows in double precision, so that their differences are exact; instances are thread-local, to
/// reuse their memory.
struct Wide {
  template <class Real>
  void assign(std::span<const Real> rows) {
    values.resize(rows.size());
    if constexpr (std::is_same_v<Real, float>) {
      widen(rows, values);
    } else {
      std::ranges::copy(rows, values.begin());
    }
  }
  template <class Real>
  void subtract(std::span<const Real> rows) {
    if constexpr (std::is_same_v<Real, float>) {
      subtract_widened(rows, values);
    } else {
      std::ranges::transform(values, rows, values.begin(), std::minus<>());
    }
  }
  Buffer<double> values;
};

/// <A B^T + add, C D^T>, where A, B have rows of n values and C, D of m.
double gram_product(const Wide& a, const Wide& b, std::size_t n, double add, const Wide& c,
                    const Wide& d, std::size_t m) {
  thread_local Buffer<double> ab, cd;
  const std::size_t rows = a.values.size() / n;
  ab.resize(rows * rows);
  cd.resize(rows * rows);
  products_of_rows(a.values, b.values, n, ab);
  products_of_rows(c.values, d.values, m, cd);
  double sum = 0.0;
  for (std::size_t i = 0; i < ab.size(); ++i) sum += (ab[i] + add) * cd[i];
  return sum;
}

}  // namespace

Vector unpacked(const PackedWeights<float>& weights) {
  Vector theta;
  for (const auto& [panels, rows, bias] : weights) {
    const std::size_t begin = theta.size();
    theta.resize(begin + panels.outputs() * panels.inputs());
    panels.unpack(std::span(theta).subspan(begin));
    theta.insert(theta.end(), bias.begin(), bias.end());
  }
  return theta;
}

template <class Real>
BatchStatistics Pass<Real>::statistics(Rows rows) const {
  BatchStatistics sum;
  for (std::size_t r = rows.first; r < rows.first + rows.count; ++r) sum += outcomes[r];
  return sum;
}

Mlp::Mlp(std::int64_t inputs, const std::vector<std::int64_t>& hidden, std::int64_t classes) {
  std::vector<std::int64_t> widths = {inputs};
  widths.insert(widths.end(), hidden.begin(), hidden.end());
  widths.push_back(classes);
  for (std::size_t l = 0; l + 1 < widths.size(); ++l) {
    const std::string name = std::to_string(2 * l);  // odd modules are ReLUs
    const std::size_t weight = layout_.size();
    layout_.add(name + ".weight", {widths[l + 1], widths[l]});
    const std::size_t bias = layout_.size();
    layout_.add(name + ".bias", {widths[l + 1]});
    layers_.push_back({static_cast<std::size_t>(widths[l]), static_cast<std::size_t>(widths[l + 1]),
                       weight, bias});
  }
}

Vector Mlp::initial_parameters(const RandomSource& draws) const {
  Vector theta(layout_.size());
  Initializer weights(draws);
  const auto& tensors = layout_.tensors();
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const double bound = 1.0 / std::sqrt(static_cast<double>(layers_[i / 2].in));
    weights.uniform(i, bound, std::span(theta).subspan(tensors[i].offset, tensors[i].size));
  }
  return theta;
}

template <class Real>
void Mlp::pack(std::span<const Real> theta, PackedWeights<Real>& weights) const {
  weights.resize(layers_.size());
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const auto [in, out, weight, bias] = layers_[l];
    const auto rows = theta.subspan(weight, in * out);
    const auto biases = theta.subspan(bias, out);
    weights[l].panels.pack(rows, in);
    if (l > 0) weights[l].weights.assign(rows.begin(), rows.end());
    weights[l].bias.assign(biases.begin(), biases.end());
  }
}

template <class Real, class AffineLayer>
void Mlp::forward_with(AffineLayer affine_layer, std::span<const Real> inputs,
                       std::span<const Label> labels, Pass<Real>& pass) const {
  const std::size_t samples = labels.size();
  pass.inputs = inputs;
  pass.outputs.resize(layers_.size());
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const bool last = l + 1 == layers_.size();
    pass.outputs[l].resize(samples * layers_[l].out);
    affine_layer(l, layer_inputs(pass, l), last ? Activation::none : Activation::relu,
                 std::span<Real>(pass.outputs[l]));
  }
  const std::size_t classes = layers_.back().out;
  pass.likelihoods.resize(samples * classes);
  pass.outcomes.resize(samples);
  for (std::size_t r = 0; r < samples; ++r) {
    const auto logits = std::span<const Real>(pass.outputs.back()).subspan(r * classes, classes);
    pass.outcomes[r] = cross_entropy(logits, static_cast<std::size_t>(labels[r]),
                                     std::span(pass.likelihoods).subspan(r * classes, classes));
  }
}

template <class Real>
void Mlp::forward(const PackedWeights<Real>& weights, std::span<const Real> inputs,
                  std::span<const Label> labels, Pass<Real>& pass) const {
  forward_with<Real>(
      [&](std::size_t l, std::span<const Real> x, Activation activation, std::span<Real> out) {
        affine<Real>(x, weights[l].panels, weights[l].bias, activation, out);
      },
      inputs, labels, pass);
}

void Mlp::forward(std::span<const float> theta, std::span<const float> inputs,
                  std::span<const Label> labels, Pass<float>& pass) const {
  forward_with<float>(
      [&](std::size_t l, std::span<const float> x, Activation activation, std::span<float> out) {
        const auto [in, outputs, weight, bias] = layers_[l];
        affine<float>(x, theta.subspan(weight, in * outputs), theta.subspan(bias, outputs),
                      activation, out);
      },
      inputs, labels, pass);
}

template <class Real, class WeightsOf>
void Mlp::backward_with(WeightsOf weights_of, std::span<const Label> labels, std::size_t batch_size,
                        Pass<Real>& pass) const {
  const std::size_t samples = labels.size();
  pass.deltas.resize(layers_.size());
  for (std::size_t l = 0; l < layers_.size(); ++l) pass.deltas[l].resize(pass.outputs[l].size());

  const std::size_t classes = layers_.back().out;
  for (std::size_t r = 0; r < samples; ++r) {
    differentiate<Real>(std::span<const double>(pass.likelihoods).subspan(r * classes, classes),
                        static_cast<std::size_t>(labels[r]), static_cast<double>(batch_size),
                        std::span(pass.deltas.back()).subspan(r * classes, classes));
  }
  for (std::size_t l = layers_.size() - 1; l > 0; --l) {
    product<Real>(pass.deltas[l], weights_of(l), layers_[l].out, pass.deltas[l - 1]);
    zero_where_inactive<Real>(pass.outputs[l - 1], pass.deltas[l - 1]);
  }
}

template <class Real>
void Mlp::backward(const PackedWeights<Real>& weights, std::span<const Label> labels,
                   std::size_t batch_size, Pass<Real>& pass) const {
  backward_with<Real>([&](std::size_t l) { return std::span<const Real>(weights[l].weights); },
                      labels, batch_size, pass);
}

void Mlp::backward(std::span<const float> theta, std::span<const Label> labels,
                   std::size_t batch_size, Pass<float>& pass) const {
  backward_with<float>(
      [&](std::size_t l) {
        const auto& [in, out, weight, bias] = layers_[l];
        return theta.subspan(weight, in * out);
      },
      labels, batch_size, pass);
}

template <class Real, class Write>
void Mlp::each_piece(const Pass<Real>& pass, Rows rows, Write write) const {
  const Buffer<Real> ones(rows.count, Real{1});
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const auto [in, out, weight, bias] = layers_[l];
    const auto deltas = rows_of(std::span<const Real>(pass.deltas[l]), rows, out);
    const auto inputs = rows_of(layer_inputs(pass, l), rows, in);
    const std::size_t together = outputs_together(in);
    for (std::size_t j = 0; j < out; j += together) {
      const std::size_t end = std::min(out, j + together);
      write(Piece<Real>{deltas, inputs, rows.count, j, weight + j * in, weight + end * in});
    }
    write(Piece<Real>{ones, deltas, rows.count, 0, bias, bias + out});
  }
}

template <class Real>
void Mlp::gradient(const Pass<Real>& pass, Rows rows, Real alpha, Into into, std::span<Real> g,
                   WriteObserver* watcher) const {
  each_piece(pass, rows, [&](const Piece<Real>& piece) {
    const auto part = g.subspan(piece.begin, piece.end - piece.begin);
    if constexpr (std::is_same_v<Real, float>) {
      if (watcher != nullptr && into == Into::add) {
        return add_piece(piece, {}, alpha, part, *watcher);
      }
    }
    transposed_product<Real>(piece.a, piece.b, piece.samples, alpha, into, piece.first, part);
    if (watcher != nullptr) watcher->written(piece.end);
  });
}

void Mlp::add_gradient(const Pass<float>& pass, Rows rows, std::span<const Weighted> terms,
                       float alpha, std::span<float> out, WriteObserver& watcher) const {
  std::vector<Weighted> parts(terms.begin(), terms.end());
  each_piece(pass, rows, [&](const Piece<float>& piece) {
    const std::size_t size = piece.end - piece.begin;
    for (std::size_t i = 0; i < terms.size(); ++i) {
      parts[i].vector = terms[i].vector.subspan(piece.begin, size);
    }
    add_piece(piece, parts, alpha, out.subspan(piece.begin, size), watcher);
  });
}

template <class Real>
double Mlp::squared_distance(const Pass<Real>& a, Rows rows_a, const Pass<Real>& b,
                             Rows rows_b) const {
  thread_local Wide h_a, d_b, e, f;  // large, hence reused between calls
  double sum = 0.0;
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const auto [in, out, weight, bias] = layers_[l];
    h_a.assign(rows_of(layer_inputs(a, l), rows_a, in));
    e.assign(rows_of(std::span<const Real>(a.deltas[l]), rows_a, out));
    e.subtract(rows_of(std::span<const Real>(b.deltas[l]), rows_b, out));
    sum += gram_product(h_a, h_a, in, 1.0, e, e, out);
    if (l == 0) continue;  // the same samples: F = 0
    d_b.assign(rows_of(std::span<const Real>(b.deltas[l]), rows_b, out));
    f.values = h_a.values;
    f.subtract(rows_of(layer_inputs(b, l), rows_b, in));
    sum += 2.0 * gram_product(e, d_b, out, 0.0, h_a, f, in);
    sum += gram_product(d_b, d_b, out, 0.0, f, f, in);
  }
  return std::max(0.0, sum);
}

template struct Pass<float>;
template struct Pass<double>;
template void Mlp::pack(std::span<const float>, PackedWeights<float>&) const;
template void Mlp::forward(const PackedWeights<float>&, std::span<const float>,
                           std::span<const Label>, Pass<float>&) const;
template void Mlp::backward(const PackedWeights<float>&, std::span<const Label>, std::size_t,
                            Pass<float>&) const;
template void Mlp::gradient(const Pass<float>&, Rows, float, Into, std::span<float>,
                            WriteObserver*) const;
template double Mlp::squared_distance(const Pass<float>&, Rows, const Pass<float>&, Rows) const;
template void Mlp::pack(std::span<const double>, PackedWeights<double>&) const;
template void Mlp::forward(const PackedWeights<double>&, std::span<const double>,
                           std::span<const Label>, Pass<double>&) const;
template void Mlp::backward(const PackedWeights<double>&, std::span<const Label>, std::size_t,
                            Pass<double>&) const;
template void Mlp::gradient(const Pass<double>&, Rows, double, Into, std::span<double>,
                            WriteObserver*) const;
template double Mlp::squared_distance(const Pass<double>&, Rows, const Pass<double>&, Rows) const;

}  // namespace gradwire::learn
