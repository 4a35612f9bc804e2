#include "sim/learn/linear/linear_model.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "sim/learn/loss.hpp"

namespace gradwire::learn {
namespace {

/// The inputs of one sample: all of them, or those that are not zero.
struct Inputs {
  std::span<const float> values;
  std::span<const std::uint32_t> columns;  ///< of the values; empty: all columns
  bool sparse = false;
};

/// Calls f(position, inputs) for each sample.
template <class Function>
void for_each_sample(const SampleSet& data, std::span<const std::uint32_t> samples,
                     const Function& f) {
  if (const SparseRows* rows = data.sparse_rows()) {
    for (std::size_t i = 0; i < samples.size(); ++i) {
      const auto [columns, values] = rows->row(samples[i]);
      f(i, Inputs{values, columns, true});
    }
    return;
  }
  constexpr std::size_t chunk = 64;
  thread_local Vector gathered;  // reused between calls
  thread_local std::vector<Label> labels;
  const auto n = static_cast<std::size_t>(data.dimension());
  gathered.resize(chunk * n);
  labels.resize(chunk);
  for (std::size_t begin = 0; begin < samples.size(); begin += chunk) {
    const std::size_t count = std::min(chunk, samples.size() - begin);
    data.gather(samples.subspan(begin, count), std::span(gathered).first(count * n), labels);
    for (std::size_t i = 0; i < count; ++i) {
      f(begin + i, Inputs{std::span<const float>(gathered).subspan(i * n, n), {}, false});
    }
  }
}

/// x^T w in a fixed order of summation: eight interleaved sums.
double product(const Inputs& x, std::span<const double> w) {
  if (x.sparse) {
    double sum = 0.0;
    for (std::size_t i = 0; i < x.values.size(); ++i) sum += w[x.columns[i]] * x.values[i];
    return sum;
  }
  std::array<double, 8> sums{};
  const std::size_t whole = x.values.size() / sums.size() * sums.size();
  for (std::size_t j = 0; j < whole; j += sums.size()) {
    for (std::size_t l = 0; l < sums.size(); ++l) sums[l] += w[j + l] * x.values[j + l];
  }
  double sum = 0.0;
  for (const double one : sums) sum += one;
  for (std::size_t j = whole; j < x.values.size(); ++j) sum += w[j] * x.values[j];
  return sum;
}

/// y <- y + alpha x.
void add(double alpha, const Inputs& x, std::span<double> y) {
  if (x.sparse) {
    for (std::size_t i = 0; i < x.values.size(); ++i) y[x.columns[i]] += alpha * x.values[i];
    return;
  }
  for (std::size_t j = 0; j < x.values.size(); ++j) y[j] += alpha * x.values[j];
}

}  // namespace

LinearModel::LinearModel(const Config& config)
    : inputs_(static_cast<std::size_t>(config.inputs)),
      outputs_(config.loss == LossKind::cross_entropy ? static_cast<std::size_t>(config.classes)
                                                      : 1),
      bias_(config.bias),
      loss_(config.loss) {
  const auto outputs = static_cast<std::int64_t>(outputs_);
  layout_.add("weight", {outputs, config.inputs});
  if (bias_) layout_.add("bias", {outputs});
}

Vector LinearModel::initial_parameters(const RandomSource& draws) const {
  Vector theta(layout_.size());
  Initializer initializer(draws);
  const double bound = 1.0 / std::sqrt(static_cast<double>(inputs_));
  for (std::size_t i = 0; i < layout_.tensors().size(); ++i) {
    const TensorSlot& slot = layout_.tensors()[i];
    initializer.uniform(i, bound, std::span(theta).subspan(slot.offset, slot.size));
  }
  return theta;
}

double LinearModel::curvature() const {
  switch (loss_) {
    case LossKind::cross_entropy:
      return 0.5;
    case LossKind::logistic:
      return 0.25;
    case LossKind::squared:
      return 1.0;
  }
  throw std::logic_error("no such loss");
}

BatchStatistics LinearModel::add_gradient(std::span<const float> theta, const SampleSet& data,
                                          std::span<const std::uint32_t> samples,
                                          std::span<double> gradient) const {
  const std::vector<double> w(theta.begin(), theta.end());  // [outputs, inputs], then [outputs]
  const std::span<const double> bias = std::span(w).subspan(outputs_ * inputs_);
  std::vector<double> z(outputs_);
  std::vector<double> dz(outputs_);  // derivative of the loss by z
  BatchStatistics sum;
  const auto evaluate = [&](std::uint32_t sample) {
    if (loss_ == LossKind::cross_entropy) {
      const auto label = static_cast<std::size_t>(data.labels()[sample]);
      sum += cross_entropy<double>(z, label, dz);
      dz[label] -= 1.0;
      return;
    }
    const double y = data.targets()[sample];
    const ScalarLoss loss =
        loss_ == LossKind::logistic ? logistic_loss(z[0], y) : squared_loss(z[0], y);
    dz[0] = loss.derivative;
    const bool hit = (z[0] > 0) == (y > 0);
    sum += {.loss = loss.value, .correct = hit ? 1 : 0, .samples = 1, .correct_top5 = 1};
  };
  for_each_sample(data, samples, [&](std::size_t i, const Inputs& x) {
    for (std::size_t k = 0; k < outputs_; ++k) {
      z[k] = product(x, std::span(w).subspan(k * inputs_, inputs_)) + (bias_ ? bias[k] : 0.0);
    }
    evaluate(samples[i]);
    if (gradient.empty()) return;
    for (std::size_t k = 0; k < outputs_; ++k) {
      add(dz[k], x, gradient.subspan(k * inputs_, inputs_));
      if (bias_) gradient[outputs_ * inputs_ + k] += dz[k];
    }
  });
  return sum;
}

void LinearModel::add_gram_product(const SampleSet& data, std::span<const std::uint32_t> samples,
                                   double weight, std::span<const double> v,
                                   std::span<double> out) const {
  for_each_sample(data, samples, [&](std::size_t, const Inputs& x) {
    const double alpha = weight * (product(x, v) + (bias_ ? v[inputs_] : 0.0));
    add(alpha, x, out);
    if (bias_) out[inputs_] += alpha;
  });
}

}  // namespace gradwire::learn
