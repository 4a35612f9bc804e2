#include "sim/learn/mlp.hpp"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cmath>
#include <limits>

// theta parameters   g gradient   H a layer's inputs [R, in]   W its weights [out, in]
// D deltas [R, out]  R samples of the pass

namespace gradwire::learn {
namespace {

/// A tensor on memory that others own, [rows, columns].
template <class Real>
at::Tensor view(const Real* data, std::size_t rows, std::size_t columns) {
  return at::from_blob(const_cast<Real*>(data),
                       {static_cast<std::int64_t>(rows), static_cast<std::int64_t>(columns)},
                       at::TensorOptions().dtype(c10::CppTypeToScalarType<Real>::value));
}

template <class Real>
void add_bias_and_rectify(std::span<const Real> bias, bool rectify, std::span<Real> rows) {
  const Real floor = rectify ? Real{0} : -std::numeric_limits<Real>::infinity();
  for (std::size_t r = 0; r < rows.size(); r += bias.size()) {
    for (std::size_t j = 0; j < bias.size(); ++j) {
      const Real value = rows[r + j] + bias[j];
      rows[r + j] = value < floor ? floor : value;  // so NaN stays
    }
  }
}

/// Cross-entropy in nats, and whether the first of the largest logits is the label's.
template <class Real>
BatchStatistics outcome(std::span<const Real> logits, std::size_t label) {
  const auto largest = std::max_element(logits.begin(), logits.end());
  double sum = 0.0;
  for (const Real z : logits) sum += std::exp(static_cast<double>(z) - *largest);
  const double loss = std::log(sum) + (static_cast<double>(*largest) - logits[label]);
  const bool hit = static_cast<std::size_t>(largest - logits.begin()) == label;
  const auto rank = std::count_if(logits.begin(), logits.end(),
                                  [own = logits[label]](Real z) { return z > own; });
  return {.loss = loss, .correct = hit ? 1 : 0, .samples = 1, .correct_top5 = rank < 5 ? 1 : 0};
}

/// d (loss / batch_size) / d logits = (softmax - [j is the label]) / batch_size.
template <class Real>
void differentiate(std::span<const Real> logits, std::size_t label, double batch_size,
                   std::span<Real> delta) {
  const double largest = *std::max_element(logits.begin(), logits.end());
  double sum = 0.0;
  for (const Real z : logits) sum += std::exp(z - largest);
  for (std::size_t j = 0; j < logits.size(); ++j) {
    const double p = std::exp(logits[j] - largest) / sum;
    delta[j] = static_cast<Real>((p - (j == label ? 1.0 : 0.0)) / batch_size);
  }
}

/// Inputs of layer l, [R, in].
template <class Real>
const Real* layer_inputs(const Pass<Real>& pass, std::size_t l) {
  return l == 0 ? pass.inputs.data() : pass.outputs[l - 1].data();
}

/// In double precision, so that differences of floats are exact.
template <class Real>
at::Tensor as_double(const Real* data, Rows rows, std::size_t columns) {
  return view(data + rows.first * columns, rows.count, columns).to(at::kDouble);
}

/// sum_ij A_ij B_ij
double inner_product(const at::Tensor& a, const at::Tensor& b) {
  const double* x = a.data_ptr<double>();
  const double* y = b.data_ptr<double>();
  double sum = 0.0;
  for (std::int64_t i = 0; i < a.numel(); ++i) sum += x[i] * y[i];
  return sum;
}

}  // namespace

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
    const std::string name = std::to_string(2 * l);  // every other module is a ReLU
    const std::size_t weight = layout_.size();
    layout_.add(name + ".weight", {widths[l + 1], widths[l]});
    const std::size_t bias = layout_.size();
    layout_.add(name + ".bias", {widths[l + 1]});
    layers_.push_back({static_cast<std::size_t>(widths[l]), static_cast<std::size_t>(widths[l + 1]),
                       weight, bias});
  }
}

Vector Mlp::initial_parameters(const Draws& draws) const {
  Vector theta(layout_.size());
  WeightDraws weights(draws);
  const auto& tensors = layout_.tensors();
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const double bound = 1.0 / std::sqrt(static_cast<double>(layers_[i / 2].in));
    weights.uniform(i, bound, std::span(theta).subspan(tensors[i].offset, tensors[i].size));
  }
  return theta;
}

template <class Real>
void Mlp::forward(std::span<const Real> theta, std::span<const Real> inputs,
                  std::span<const std::uint8_t> labels, Pass<Real>& pass) const {
  const c10::InferenceMode guard;
  const std::size_t samples = labels.size();
  pass.inputs = inputs;
  pass.outputs.resize(layers_.size());
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const auto [in, out, weight, bias] = layers_[l];
    pass.outputs[l].resize(samples * out);
    at::Tensor product = view(pass.outputs[l].data(), samples, out);
    at::mm_out(product, view(layer_inputs(pass, l), samples, in),
               view(theta.data() + weight, out, in).t());
    add_bias_and_rectify(theta.subspan(bias, out), l + 1 < layers_.size(),
                         std::span(pass.outputs[l]));
  }
  const std::size_t classes = layers_.back().out;
  pass.outcomes.resize(samples);
  for (std::size_t r = 0; r < samples; ++r) {
    const auto logits = std::span<const Real>(pass.outputs.back()).subspan(r * classes, classes);
    pass.outcomes[r] = outcome(logits, labels[r]);
  }
}

template <class Real>
void Mlp::backward(std::span<const Real> theta, std::span<const std::uint8_t> labels,
                   std::size_t batch_size, Pass<Real>& pass) const {
  const c10::InferenceMode guard;
  const std::size_t samples = labels.size();
  pass.deltas.resize(layers_.size());
  for (std::size_t l = 0; l < layers_.size(); ++l) pass.deltas[l].resize(pass.outputs[l].size());

  const std::size_t classes = layers_.back().out;
  for (std::size_t r = 0; r < samples; ++r) {
    differentiate(std::span<const Real>(pass.outputs.back()).subspan(r * classes, classes),
                  labels[r], static_cast<double>(batch_size),
                  std::span(pass.deltas.back()).subspan(r * classes, classes));
  }
  for (std::size_t l = layers_.size() - 1; l > 0; --l) {
    const auto [in, out, weight, bias] = layers_[l];
    at::Tensor below = view(pass.deltas[l - 1].data(), samples, in);
    at::mm_out(below, view(pass.deltas[l].data(), samples, out),
               view(theta.data() + weight, out, in));
    for (std::size_t i = 0; i < samples * in; ++i) {
      if (pass.outputs[l - 1][i] <= Real{0}) pass.deltas[l - 1][i] = Real{0};
    }
  }
}

template <class Real>
void Mlp::gradient(const Pass<Real>& pass, Rows rows, std::span<Real> g) const {
  const c10::InferenceMode guard;
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const auto [in, out, weight, bias] = layers_[l];
    const Real* deltas = pass.deltas[l].data() + rows.first * out;
    at::Tensor weights = view(g.data() + weight, out, in);
    at::mm_out(weights, view(deltas, rows.count, out).t(),
               view(layer_inputs(pass, l) + rows.first * in, rows.count, in));

    const auto biases = g.subspan(bias, out);
    std::fill(biases.begin(), biases.end(), Real{0});
    for (std::size_t r = 0; r < rows.count; ++r) {
      for (std::size_t j = 0; j < out; ++j) biases[j] += deltas[r * out + j];
    }
  }
}

template <class Real>
double Mlp::squared_distance(const Pass<Real>& a, Rows rows_a, const Pass<Real>& b,
                             Rows rows_b) const {
  const c10::InferenceMode guard;
  double sum = 0.0;
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const auto [in, out, weight, bias] = layers_[l];
    const at::Tensor h_a = as_double(layer_inputs(a, l), rows_a, in);
    const at::Tensor d_b = as_double(b.deltas[l].data(), rows_b, out);
    const at::Tensor e = as_double(a.deltas[l].data(), rows_a, out) - d_b;
    sum += inner_product(at::mm(e, e.t()), at::mm(h_a, h_a.t()).add_(1.0));
    if (l == 0) continue;  // the same samples: F = 0
    const at::Tensor f = h_a - as_double(layer_inputs(b, l), rows_b, in);
    sum += 2.0 * inner_product(at::mm(e, d_b.t()), at::mm(h_a, f.t()));
    sum += inner_product(at::mm(d_b, d_b.t()), at::mm(f, f.t()));
  }
  return std::max(0.0, sum);
}

template struct Pass<float>;
template struct Pass<double>;
template void Mlp::forward(std::span<const float>, std::span<const float>,
                           std::span<const std::uint8_t>, Pass<float>&) const;
template void Mlp::forward(std::span<const double>, std::span<const double>,
                           std::span<const std::uint8_t>, Pass<double>&) const;
template void Mlp::backward(std::span<const float>, std::span<const std::uint8_t>, std::size_t,
                            Pass<float>&) const;
template void Mlp::backward(std::span<const double>, std::span<const std::uint8_t>, std::size_t,
                            Pass<double>&) const;
template void Mlp::gradient(const Pass<float>&, Rows, std::span<float>) const;
template void Mlp::gradient(const Pass<double>&, Rows, std::span<double>) const;
template double Mlp::squared_distance(const Pass<float>&, Rows, const Pass<float>&, Rows) const;
template double Mlp::squared_distance(const Pass<double>&, Rows, const Pass<double>&, Rows) const;

}  // namespace gradwire::learn
