#include "sim/learn/nets/layer_net.hpp"

#include <ATen/ATen.h>

#include <cmath>
#include <stdexcept>
#include <utility>

#include "sim/kernels/random_bits.hpp"
#include "sim/learn/nets/layer_plan.hpp"

namespace gradwire::learn {
namespace {

/// A pass, and what selects its random draws.
struct LayerPass {
  const NetPass& net;
  std::uint64_t draws;
};

class Layer {
 public:
  virtual ~Layer() = default;
  [[nodiscard]] virtual at::Tensor forward(const LayerPass& pass, const at::Tensor& x) const = 0;
};

using Layers = std::vector<std::unique_ptr<const Layer>>;

at::Tensor run(const Layers& layers, const LayerPass& pass, at::Tensor x) {
  for (const auto& layer : layers) x = layer->forward(pass, x);
  return x;
}

/// Indices of a layer's parameters in the net's layout.
struct Tensors {
  std::size_t weight;
  std::size_t bias;
};

class Linear final : public Layer {
 public:
  Linear(const Tensors& tensors, bool bias) : tensors_(tensors), has_bias_(bias) {}
  [[nodiscard]] at::Tensor forward(const LayerPass& pass, const at::Tensor& x) const override {
    const auto& parameters = pass.net.parameters;
    return at::linear(x, parameters[tensors_.weight],
                      has_bias_ ? parameters[tensors_.bias] : at::Tensor{});
  }

 private:
  Tensors tensors_;
  bool has_bias_;
};

class Convolution final : public Layer {
 public:
  Convolution(const Tensors& tensors, const LayerConfig& config)
      : tensors_(tensors), config_(config) {}
  [[nodiscard]] at::Tensor forward(const LayerPass& pass, const at::Tensor& x) const override {
    const auto& parameters = pass.net.parameters;
    return at::conv2d(x, parameters[tensors_.weight],
                      config_.bias ? parameters[tensors_.bias] : at::Tensor{}, *config_.stride,
                      config_.padding);
  }

 private:
  Tensors tensors_;
  LayerConfig config_;
};

class BatchNorm final : public Layer {
 public:
  BatchNorm(const Tensors& tensors, std::int64_t offset, std::int64_t channels)
      : tensors_(tensors), offset_(offset), channels_(channels) {}
  [[nodiscard]] at::Tensor forward(const LayerPass& pass, const at::Tensor& x) const override {
    constexpr double epsilon = 1e-5;
    constexpr double replace = 1.0;  // momentum 1: the "running" statistics are this batch's own
    const NetPass& net = pass.net;
    return at::batch_norm(x, net.parameters[tensors_.weight], net.parameters[tensors_.bias],
                          net.norm_means.narrow(0, offset_, channels_),
                          net.norm_variances.narrow(0, offset_, channels_), net.training, replace,
                          epsilon, at::globalContext().userEnabledCuDNN());
  }

 private:
  Tensors tensors_;
  std::int64_t offset_;
  std::int64_t channels_;
};

/// Pools, activations and flatten.
class Function final : public Layer {
 public:
  /// in_place: neither another layer nor a backward pass reads the input.
  Function(const LayerConfig& config, bool in_place) : config_(config), in_place_(in_place) {}
  [[nodiscard]] at::Tensor forward(const LayerPass& /*pass*/, const at::Tensor& x) const override {
    switch (config_.kind) {
      case LayerKind::max_pool:
        return at::max_pool2d(x, config_.kernel, *config_.stride, config_.padding);
      case LayerKind::average_pool:
        return at::avg_pool2d(x, config_.kernel, *config_.stride, config_.padding);
      case LayerKind::adaptive_average_pool:
        return at::adaptive_avg_pool2d(x, {config_.size, config_.size});
      case LayerKind::global_average_pool:
        return x.mean({2, 3});
      case LayerKind::relu:
        return in_place_ ? x.relu_() : x.relu();
      case LayerKind::leaky_relu:
        return at::leaky_relu(x, config_.slope);
      case LayerKind::tanh:
        return x.tanh();
      case LayerKind::sigmoid:
        return x.sigmoid();
      case LayerKind::gelu:
        return at::gelu(x);
      case LayerKind::flatten:
        return x.flatten(1);
      default:
        throw std::logic_error("not a function of its input alone");
    }
  }

 private:
  LayerConfig config_;
  bool in_place_;
};

/// y = mask * x in training, where an entry of the mask is 0 with probability p, else 1 / (1 - p).
class Dropout final : public Layer {
 public:
  /// number: of this layer among the net's dropout layers.
  Dropout(double p, std::uint64_t number) : p_(p), number_(number) {}
  [[nodiscard]] at::Tensor forward(const LayerPass& pass, const at::Tensor& x) const override {
    if (!pass.net.training) return x;
    return x * mask(pass.draws, x.sizes()).to(x.device());
  }

 private:
  [[nodiscard]] at::Tensor mask(std::uint64_t draws, at::IntArrayRef shape) const {
    constexpr double two_to_32 = 4294967296.0;
    const auto dropped = static_cast<std::uint64_t>(std::llround(p_ * two_to_32));
    const auto scale = static_cast<float>(1.0 / (1.0 - p_));
    at::Tensor mask = at::empty(shape, at::kFloat);
    std::vector<std::uint32_t> bits(static_cast<std::size_t>(mask.numel()));
    random_bits(random_key(draws + number_), 0, bits);
    auto* entries = mask.data_ptr<float>();
    for (std::size_t i = 0; i < bits.size(); ++i) entries[i] = bits[i] < dropped ? 0.0F : scale;
    return mask;
  }

  double p_;
  std::uint64_t number_;
};

class Residual final : public Layer {
 public:
  /// in_place: no backward pass reads what the last of `layers` gives.
  Residual(Layers layers, Layers shortcut, bool in_place)
      : layers_(std::move(layers)), shortcut_(std::move(shortcut)), in_place_(in_place) {}
  [[nodiscard]] at::Tensor forward(const LayerPass& pass, const at::Tensor& x) const override {
    at::Tensor y = run(layers_, pass, x);
    const at::Tensor other = run(shortcut_, pass, x);
    return in_place_ ? y += other : y + other;
  }

 private:
  Layers layers_;
  Layers shortcut_;  ///< empty: the identity
  bool in_place_;
};

/// Whether the layer's output is a new tensor that no backward pass reads, so that the next layer
/// may overwrite it.
bool may_be_overwritten(LayerKind kind) {
  return kind == LayerKind::linear || kind == LayerKind::conv || kind == LayerKind::batch_norm ||
         kind == LayerKind::residual;
}

class LayerNet final : public Net {
 public:
  explicit LayerNet(const std::vector<PlannedLayer>& plan)
      : is_vector_(plan.front().in.size() == 1), layers_(made(plan)) {}

  [[nodiscard]] NetOutput forward(const NetPass& pass, const NetBatch& batch) const override {
    const LayerPass own{pass, batch.draws};
    return {.logits = run(layers_, own, is_vector_ ? batch.images.flatten(1) : batch.images)};
  }

 private:
  Layers made(const std::vector<PlannedLayer>& plan) {
    Layers layers;
    bool overwritable = false;
    for (const PlannedLayer& layer : plan) {
      layers.push_back(made(layer, overwritable));
      overwritable = may_be_overwritten(layer.config.kind);
    }
    return layers;
  }

  std::unique_ptr<const Layer> made(const PlannedLayer& layer, bool overwritable) {
    const LayerConfig& config = layer.config;
    const std::int64_t in = layer.in[0];
    switch (config.kind) {
      case LayerKind::linear:
        return std::make_unique<Linear>(weights(layer, {config.units, in}), config.bias);
      case LayerKind::conv:
        return std::make_unique<Convolution>(
            weights(layer, {config.channels, in, config.kernel, config.kernel}), config);
      case LayerKind::batch_norm: {
        const Tensors tensors{add_constant(layer.name + ".weight", {in}, 1.0F),
                              add_constant(layer.name + ".bias", {in}, 0.0F)};
        return std::make_unique<BatchNorm>(tensors, add_norm(in), in);
      }
      case LayerKind::dropout:
        return std::make_unique<Dropout>(config.p, dropouts_++);
      case LayerKind::residual: {
        Layers body = made(layer.layers);
        const bool in_place = may_be_overwritten(layer.layers.back().config.kind);
        return std::make_unique<Residual>(std::move(body), made(layer.shortcut), in_place);
      }
      default:
        return std::make_unique<Function>(config, overwritable);
    }
  }

  /// shape: of the weight, outputs first.
  Tensors weights(const PlannedLayer& layer, const std::vector<std::int64_t>& shape) {
    std::int64_t fan_in = 1;
    for (std::size_t i = 1; i < shape.size(); ++i) fan_in *= shape[i];
    Tensors tensors{};
    tensors.weight = add_weight(layer.name + ".weight", shape, fan_in);
    if (layer.config.bias) tensors.bias = add_weight(layer.name + ".bias", {shape[0]}, fan_in);
    return tensors;
  }

  bool is_vector_;
  std::uint64_t dropouts_ = 0;  ///< number of dropout layers made so far
  Layers layers_;
};

}  // namespace

std::unique_ptr<Net> make_layer_net(const std::vector<LayerConfig>& layers, const NetTask& task) {
  return std::make_unique<LayerNet>(plan_layers(layers, task));
}

}  // namespace gradwire::learn
