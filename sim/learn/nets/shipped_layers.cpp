#include "sim/learn/nets/shipped_layers.hpp"

#include <string>

namespace gradwire::learn {
namespace {

LayerConfig linear(const std::string& name, std::int64_t units) {
  return {.kind = LayerKind::linear, .name = name, .units = units};
}

/// Followed by batch norm.
LayerConfig conv(const std::string& name, std::int64_t channels, std::int64_t kernel,
                 std::int64_t stride) {
  return {.kind = LayerKind::conv,
          .name = name,
          .channels = channels,
          .kernel = kernel,
          .stride = stride,
          .padding = kernel / 2,
          .bias = false};
}

LayerConfig norm(const std::string& name) { return {.kind = LayerKind::batch_norm, .name = name}; }

LayerConfig of(LayerKind kind) { return {.kind = kind}; }

/// Two 3 x 3 convolutions with a shortcut, which is a 1 x 1 convolution where the shape changes;
/// without the ReLU behind the sum.
LayerConfig basic_block(const std::string& name, std::int64_t in, std::int64_t out,
                        std::int64_t stride) {
  LayerConfig block{.kind = LayerKind::residual,
                    .name = name,
                    .layers = {conv("conv1", out, 3, stride), norm("bn1"), of(LayerKind::relu),
                               conv("conv2", out, 3, 1), norm("bn2")}};
  if (stride != 1 || in != out) block.shortcut = {conv("0", out, 1, stride), norm("1")};
  return block;
}

}  // namespace

std::vector<LayerConfig> resnet18_layers(std::int64_t width) {
  std::vector<LayerConfig> net = {conv("conv1", width, 3, 1), norm("bn1"), of(LayerKind::relu)};
  std::int64_t channels = width;
  for (int stage = 1; stage <= 4; ++stage) {
    const std::int64_t out = width << (stage - 1);
    const std::string name = "layer" + std::to_string(stage);
    net.push_back(basic_block(name + ".0", channels, out, stage == 1 ? 1 : 2));
    net.push_back(of(LayerKind::relu));
    net.push_back(basic_block(name + ".1", out, out, 1));
    net.push_back(of(LayerKind::relu));
    channels = out;
  }
  net.push_back(of(LayerKind::global_average_pool));
  net.push_back(linear("linear", 0));
  return net;
}

std::vector<LayerConfig> cnn_layers() {
  std::vector<LayerConfig> net;
  for (const int number : {1, 2}) {
    LayerConfig convolution = conv("conv" + std::to_string(number), 32 * number, 5, 1);
    convolution.bias = true;
    net.push_back(convolution);
    net.push_back(of(LayerKind::relu));
    net.push_back({.kind = LayerKind::max_pool, .kernel = 2});
  }
  net.push_back(of(LayerKind::flatten));
  net.push_back(linear("fc1", 512));
  net.push_back(of(LayerKind::relu));
  net.push_back(linear("fc2", 0));
  return net;
}

std::vector<LayerConfig> mlp_layers(const std::vector<std::int64_t>& hidden) {
  std::vector<LayerConfig> net = {of(LayerKind::flatten)};
  for (std::size_t l = 0; l < hidden.size(); ++l) {  // named as if there were no flatten layer
    net.push_back(linear(std::to_string(2 * l), hidden[l]));
    net.push_back(of(LayerKind::relu));
  }
  net.push_back(linear(std::to_string(2 * hidden.size()), 0));
  return net;
}

}  // namespace gradwire::learn
