#include "sim/learn/nets/nets.hpp"

#include <stdexcept>

namespace gradwire::learn {

std::unique_ptr<Net> make_net(const ModelConfig& model, const NetTask& task) {
  switch (model.name) {
    case ModelKind::mlp:
      return make_mlp_net(task, model.hidden);
    case ModelKind::logistic:
      return make_mlp_net(task, {});
    case ModelKind::cnn:
      return make_cnn(task);
    case ModelKind::resnet18:
      return make_resnet18(task, model.width);
    case ModelKind::linear:
      break;  // linear/
  }
  throw std::logic_error("no such model");
}

}  // namespace gradwire::learn
