#include "sim/learn/nets/nets.hpp"

namespace gradwire::learn {

std::unique_ptr<Net> make_net(const ModelConfig& model, const NetTask& task) {
  if (model.name == "resnet18") return make_resnet18(task, model.width);
  if (model.name == "cnn") return make_cnn(task);
  if (model.name == "mlp") return make_mlp_net(task, model.hidden);
  if (model.name == "logistic") return make_mlp_net(task, {});
  return nullptr;
}

}  // namespace gradwire::learn
