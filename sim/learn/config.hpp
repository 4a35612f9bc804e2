#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/core/choice_names.hpp"
#include "sim/learn/nets/layer_config.hpp"

namespace gradwire::learn {

/// How the training set is split among the workers (data/shards.hpp).
enum class PartitionKind { iid, dirichlet, shards, by_source };

/// In the order of PartitionKind.
inline constexpr Choice partition_choices[] = {
    {"iid", "one seeded permutation cut into equal shards"},
    {"dirichlet", "equal shards; each worker's mixture of classes is drawn"},
    {"shards", "sorted by label and cut into pieces, a few for each worker"},
    {"by_source", "worker m holds samples of source m mod 2 only (cifar10+mnist)"}};
static_assert(has_row_for_each(partition_choices, PartitionKind::by_source));

/// Settings object "dataset.partition".
struct PartitionConfig {
  PartitionKind kind = PartitionKind::iid;
  double alpha = 0.5;         ///< dirichlet: concentration of each class
  int shards_per_worker = 2;  ///< shards: label-sorted pieces per worker
  friend bool operator==(const PartitionConfig&, const PartitionConfig&) = default;
};

/// Of the training images of CIFAR.
enum class AugmentationKind { standard, none };

/// In the order of AugmentationKind.
inline constexpr Choice augmentation_choices[] = {
    {"standard",
     "the SASG authors': crop, flip, and for cifar100 rotation; digits stay as they are"},
    {"none", "images as they are"}};
static_assert(has_row_for_each(augmentation_choices, AugmentationKind::none));

/// Settings object "dataset". The last five apply to "synthetic" (Gaussian classes) only.
struct DatasetConfig {
  /// mnist | fashion-mnist | cifar10 | cifar100 | cifar10+mnist | synthetic
  std::string name = "fashion-mnist";
  PartitionConfig partition;
  AugmentationKind augmentation = AugmentationKind::standard;
  std::int64_t train_samples = 10000;
  std::int64_t test_samples = 1000;
  std::int64_t dimension = 20;
  std::int64_t classes = 10;
  double separation = 3.0;  ///< distance of a class centre from the origin, in standard deviations
  friend bool operator==(const DatasetConfig&, const DatasetConfig&) = default;
};

enum class ModelKind { mlp, logistic, cnn, resnet18, layers, torchscript };

/// In the order of ModelKind.
inline constexpr Choice model_choices[] = {{"mlp", "fully connected, ReLU between layers"},
                                           {"logistic", "softmax of one linear layer"},
                                           {"cnn", "two convolutions, a hidden layer"},
                                           {"resnet18", "ResNet-18 for small images"},
                                           {"layers", "a list of layers"},
                                           {"torchscript", "a module that PyTorch wrote"}};
static_assert(has_row_for_each(model_choices, ModelKind::torchscript));

/// Such models have two implementations of gradients (GradientImplementation).
constexpr bool is_fully_connected(ModelKind kind) {
  return kind == ModelKind::mlp || kind == ModelKind::logistic;
}

/// Of gradients. Kernels: mlp/mlp.hpp; libtorch: autograd.
enum class GradientImplementation { kernels, libtorch };

/// In the order of GradientImplementation.
inline constexpr Choice gradient_choices[] = {
    {"kernels", "our own products: fast, and the same bits on every machine"},
    {"libtorch", "LibTorch's autograd"}};
static_assert(has_row_for_each(gradient_choices, GradientImplementation::libtorch));

/// Running statistics of batch norm.
enum class BatchNormStatistics { shared, per_worker };

/// In the order of BatchNormStatistics.
inline constexpr Choice batch_norm_choices[] = {
    {"shared", "one set of running statistics that every worker's minibatch moves"},
    {"per_worker", "one set a worker, each tested on its share of the test set"}};
static_assert(has_row_for_each(batch_norm_choices, BatchNormStatistics::per_worker));

/// Settings object "model".
struct ModelConfig {
  ModelKind name = ModelKind::mlp;
  std::vector<std::int64_t> hidden = {512};  ///< mlp: units of each hidden layer
  /// mlp, logistic
  GradientImplementation gradient = GradientImplementation::kernels;
  std::int64_t width = 64;  ///< resnet18: channels of the first stage
  /// resnet18, layers, torchscript
  BatchNormStatistics batch_norm = BatchNormStatistics::shared;
  std::vector<LayerConfig> layers = {};  ///< layers
  /// layers: a JSON file with the list, which is read into `layers`; empty: given inline.
  /// torchscript: the module
  std::string file = {};
  std::string digest = {};  ///< XXH3-128 of the file's bytes, in hex; empty: not known yet
  friend bool operator==(const ModelConfig&, const ModelConfig&) = default;
};

/// Where gradients are computed.
enum class Device { cpu, cuda };

/// In the order of Device.
inline constexpr Choice device_choices[] = {
    {"cpu", "one thread a gradient, workers beside one another"},
    {"cuda", "LibTorch's GPU, where it has one"}};
static_assert(has_row_for_each(device_choices, Device::cuda));

}  // namespace gradwire::learn
