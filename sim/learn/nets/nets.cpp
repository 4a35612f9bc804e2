#include "sim/learn/nets/nets.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <stdexcept>

#include "sim/core/error.hpp"
#include "sim/learn/nets/layer_net.hpp"
#include "sim/learn/nets/layer_plan.hpp"
#include "sim/learn/nets/scripted_net.hpp"
#include "sim/learn/nets/shipped_layers.hpp"

namespace gradwire::learn {
namespace {

std::unique_ptr<Net> make_cnn(const NetTask& task) {
  if (task.rows < 4 || task.columns < 4) {
    throw InputError("/base/dataset/name",
                     fmt::format("images of at least 4 x 4 expected by model cnn, got {} x {}",
                                 task.rows, task.columns));
  }
  return make_layer_net(cnn_layers(), task);
}

/// The net of the setting "layers".
std::unique_ptr<Net> make_own_net(const std::vector<LayerConfig>& layers, const NetTask& task) {
  try {
    return make_layer_net(layers, task);
  } catch (const LayerError& error) {
    throw InputError(fmt::format("/base/model/layers/{}", fmt::join(error.steps(), "/")),
                     error.what());
  }
}

}  // namespace

std::unique_ptr<Net> make_net(const ModelConfig& model, const NetTask& task) {
  switch (model.name) {
    case ModelKind::mlp:
      return make_layer_net(mlp_layers(model.hidden), task);
    case ModelKind::logistic:
      return make_layer_net(mlp_layers({}), task);
    case ModelKind::cnn:
      return make_cnn(task);
    case ModelKind::resnet18:
      return make_layer_net(resnet18_layers(model.width), task);
    case ModelKind::layers:
      return make_own_net(model.layers, task);
    case ModelKind::torchscript:
      return make_scripted_net(model.file, task);
    case ModelKind::linear:
    case ModelKind::external:
      break;
  }
  throw std::logic_error("no such net");
}

}  // namespace gradwire::learn
