#include "sim/learn/nets/usual_layout.hpp"

#include <cstdint>
#include <utility>
#include <vector>

#include "sim/learn/nets/layer_plan.hpp"
#include "sim/learn/nets/net_task.hpp"
#include "sim/learn/nets/shipped_layers.hpp"

namespace gradwire::learn {
namespace {

std::optional<std::vector<LayerConfig>> layers_of(const ModelConfig& model) {
  switch (model.name) {
    case ModelKind::mlp:
      return mlp_layers(model.hidden);
    case ModelKind::logistic:
      return mlp_layers({});
    case ModelKind::cnn:
      return cnn_layers();
    case ModelKind::resnet18:
      return resnet18_layers(model.width);
    case ModelKind::layers:
      return model.layers;
    case ModelKind::torchscript:
    case ModelKind::linear:
    case ModelKind::external:
      break;
  }
  return std::nullopt;
}

/// In the order of LayerNet's tensors.
void add(const std::vector<PlannedLayer>& layers, Layout& layout) {
  for (const PlannedLayer& layer : layers) {
    const LayerConfig& config = layer.config;
    const auto tensors = [&](std::vector<std::int64_t> shape, bool has_bias) {
      const std::int64_t outputs = shape.front();
      layout.add(layer.name + ".weight", std::move(shape));
      if (has_bias) layout.add(layer.name + ".bias", {outputs});
    };
    const std::int64_t in = layer.in[0];
    if (config.kind == LayerKind::linear) tensors({config.units, in}, config.bias);
    if (config.kind == LayerKind::conv) {
      tensors({config.channels, in, config.kernel, config.kernel}, config.bias);
    }
    if (config.kind == LayerKind::batch_norm) tensors({in}, true);
    add(layer.layers, layout);
    add(layer.shortcut, layout);
  }
}

}  // namespace

std::optional<Layout> usual_layout(const ModelConfig& model, const DatasetConfig& dataset) {
  const auto layers = layers_of(model);
  const auto task = usual_task(dataset);
  if (!layers || !task) return std::nullopt;
  Layout layout;
  add(plan_layers(*layers, *task), layout);
  return layout;
}

}  // namespace gradwire::learn
