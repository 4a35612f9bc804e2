#include "sim/learn/nets/net_task.hpp"

namespace gradwire::learn {

const char* outputs_expected(const NetTask& task) {
  return task.loss == LossKind::cross_entropy
             ? "one logit per class"
             : "the one output that the loss compares with a number";
}

NetTask with_loss(NetTask task, LossKind loss) {
  task.loss = loss;
  if (loss != LossKind::cross_entropy) task.classes = 1;
  return task;
}

std::optional<NetTask> usual_task(const DatasetConfig& dataset) {
  if (dataset.name == "synthetic") {
    return NetTask{.columns = dataset.dimension, .classes = dataset.classes};
  }
  if (dataset.name == "mnist" || dataset.name == "fashion-mnist") {
    return NetTask{.rows = 28, .columns = 28};
  }
  NetTask photographs{.channels = 3, .rows = 32, .columns = 32};
  if (dataset.name == "cifar10" || dataset.name == "cifar10+mnist") return photographs;
  if (dataset.name != "cifar100") return std::nullopt;
  photographs.classes = 100;
  return photographs;
}

}  // namespace gradwire::learn
