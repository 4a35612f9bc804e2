#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gradwire::learn {

/// Object "dataset.partition": how the training set is spread over the workers.
struct PartitionConfig {
  std::string kind = "iid";  ///< iid: one seeded permutation cut into equal shards
  friend bool operator==(const PartitionConfig&, const PartitionConfig&) = default;
};

/// Object "dataset". The last five belong to "synthetic": Gaussian classes.
struct DatasetConfig {
  std::string name = "fashion-mnist";  ///< mnist | fashion-mnist | synthetic
  PartitionConfig partition;
  std::int64_t train_samples = 10000;
  std::int64_t test_samples = 1000;
  std::int64_t dimension = 20;
  std::int64_t classes = 10;
  double separation = 3.0;  ///< distance of a class centre from the origin, in standard deviations
  friend bool operator==(const DatasetConfig&, const DatasetConfig&) = default;
};

/// Object "model".
struct ModelConfig {
  std::string name = "mlp";                  ///< mlp: fully connected, ReLU between layers
  std::vector<std::int64_t> hidden = {512};  ///< units of each hidden layer; none: logistic
  friend bool operator==(const ModelConfig&, const ModelConfig&) = default;
};

}  // namespace gradwire::learn
