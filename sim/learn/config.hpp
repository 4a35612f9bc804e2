#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gradwire::learn {

/// Settings object "dataset.partition": how the training set is split among the workers.
struct PartitionConfig {
  std::string kind = "iid";   ///< iid | dirichlet | shards | by_source (data/shards.hpp)
  double alpha = 0.5;         ///< dirichlet: concentration of each class
  int shards_per_worker = 2;  ///< shards: label-sorted pieces per worker
  friend bool operator==(const PartitionConfig&, const PartitionConfig&) = default;
};

/// Settings object "dataset". The last five apply to "synthetic" (Gaussian classes) only.
struct DatasetConfig {
  /// mnist | fashion-mnist | cifar10 | cifar100 | cifar10+mnist | synthetic
  std::string name = "fashion-mnist";
  PartitionConfig partition;
  std::string augmentation = "standard";  ///< CIFAR training images: standard | none
  std::int64_t train_samples = 10000;
  std::int64_t test_samples = 1000;
  std::int64_t dimension = 20;
  std::int64_t classes = 10;
  double separation = 3.0;  ///< distance of a class centre from the origin, in standard deviations
  friend bool operator==(const DatasetConfig&, const DatasetConfig&) = default;
};

/// Settings object "model".
struct ModelConfig {
  std::string name = "mlp";                  ///< mlp | logistic | cnn | resnet18
  std::vector<std::int64_t> hidden = {512};  ///< mlp: units of each hidden layer
  /// mlp, logistic: implementation of gradients: kernels (mlp/mlp.hpp) | libtorch (autograd)
  std::string gradient = "kernels";
  std::int64_t width = 64;  ///< resnet18: channels of the first stage
  /// resnet18: running statistics of batch norm: shared | per_worker
  std::string batch_norm = "shared";
  friend bool operator==(const ModelConfig&, const ModelConfig&) = default;
};

}  // namespace gradwire::learn
