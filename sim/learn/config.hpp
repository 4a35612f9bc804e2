#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/core/choice_names.hpp"
#include "sim/core/units.hpp"
#include "sim/learn/data/files/file_format.hpp"
#include "sim/learn/nets/layer_config.hpp"

namespace gradwire::learn {

/// Samples of a worker's minibatch.
struct BatchSize {
  // NOLINTNEXTLINE(google-explicit-constructor): a number alone is the usual case
  BatchSize(int number = 10) : samples(number) {}
  static BatchSize whole_shard() { return 0; }
  /// The minibatch is the worker's whole shard ("all").
  [[nodiscard]] bool is_whole_shard() const { return samples == 0; }

  int samples;  ///< 0: the whole shard
  friend bool operator==(const BatchSize&, const BatchSize&) = default;
};

/// How the training set is split among the workers (data/shards.hpp).
enum class PartitionKind { iid, dirichlet, shards, by_source, consecutive };

/// In the order of PartitionKind.
inline constexpr Choice partition_choices[] = {
    {"iid", "one seeded permutation cut into shards"},
    {"dirichlet", "each worker's mixture of classes is drawn"},
    {"shards", "sorted by label and cut into pieces, a few for each worker"},
    {"by_source", "worker m holds samples of source m mod 2 only (cifar10+mnist)"},
    {"consecutive", "the samples in the order of their file, the first ones for the first worker"}};
static_assert(has_row_for_each(partition_choices, PartitionKind::consecutive));

/// Settings object "dataset.partition".
struct PartitionConfig {
  PartitionKind kind = PartitionKind::iid;
  double alpha = 0.5;         ///< dirichlet: concentration of each class
  int shards_per_worker = 2;  ///< shards: label-sorted pieces per worker
  // Number of samples of each worker: all the same, unless one of these is set.
  std::vector<std::int64_t> sizes;    ///< [workers]
  std::optional<double> sizes_alpha;  ///< concentration of the Dirichlet distribution of the shares
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

/// Settings object "dataset". The five before `files` apply to "synthetic" (Gaussian classes) only.
struct DatasetConfig {
  /// mnist | fashion-mnist | cifar10 | cifar100 | cifar10+mnist | synthetic | file | external
  std::string name = "fashion-mnist";
  PartitionConfig partition;
  AugmentationKind augmentation = AugmentationKind::standard;
  std::int64_t train_samples = 10000;
  std::int64_t test_samples = 1000;
  std::int64_t dimension = 20;
  std::int64_t classes = 10;
  double separation = 3.0;  ///< distance of a class centre from the origin, in standard deviations
  FileDataConfig files;     ///< "file" only
  friend bool operator==(const DatasetConfig&, const DatasetConfig&) = default;
};

/// A sample's loss.
enum class LossKind { cross_entropy, logistic, squared };

/// In the order of LossKind.
inline constexpr Choice loss_choices[] = {
    {"cross_entropy", "of the softmax of an output per class"},
    {"logistic", "log(1 + exp(-y z)) of one output z"},
    {"squared", "(z - y)^2 / 2 of one output z"}};
static_assert(has_row_for_each(loss_choices, LossKind::squared));

/// How a worker's objective joins the losses of its samples.
enum class LossSum { mean, sum };

/// In the order of LossSum.
inline constexpr Choice loss_sum_choices[] = {
    {"mean", "the mean over the worker's samples"},
    {"sum", "their sum: a minibatch counts as its mean times the shard's samples"}};
static_assert(has_row_for_each(loss_sum_choices, LossSum::sum));

/// The number y of a class, for losses of one output.
enum class LabelNumbers { sign, as_is };

/// In the order of LabelNumbers.
inline constexpr Choice label_number_choices[] = {
    {"sign", "-1 for the first of two classes, +1 for the second"},
    {"as_is", "the label itself, as the number that the data have"}};
static_assert(has_row_for_each(label_number_choices, LabelNumbers::as_is));

/// Settings object "loss": the workers' objectives
///   f_m(theta) = (mean or sum of the losses of worker m's samples)
///                + l2 / 2 ||theta||^2 + nonconvex sum_i theta_i^2 / (1 + theta_i^2)
struct LossConfig {
  LossKind name = LossKind::cross_entropy;
  LossSum over = LossSum::mean;
  std::optional<LabelNumbers> labels;  ///< logistic, squared; default: sign, as_is
  double l2 = 0;
  double nonconvex = 0;

  [[nodiscard]] LabelNumbers label_numbers() const {
    return labels.value_or(name == LossKind::logistic ? LabelNumbers::sign : LabelNumbers::as_is);
  }
  /// Whether an output stands for a class, so that there is an accuracy.
  [[nodiscard]] bool predicts_classes() const {
    return name != LossKind::squared || label_numbers() == LabelNumbers::sign;
  }
  friend bool operator==(const LossConfig&, const LossConfig&) = default;
};

enum class ModelKind { mlp, logistic, cnn, resnet18, linear, layers, torchscript, external };

/// In the order of ModelKind.
inline constexpr Choice model_choices[] = {
    {"mlp", "fully connected, ReLU between layers"}, {"logistic", "softmax of one linear layer"},
    {"cnn", "two convolutions, a hidden layer"},     {"resnet18", "ResNet-18 for small images"},
    {"linear", "one linear layer, for every loss"},  {"layers", "a list of layers"},
    {"torchscript", "a module that PyTorch wrote"},  {"external", "a program of your own"}};
static_assert(has_row_for_each(model_choices, ModelKind::external));

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

/// theta^0, where no file has it.
enum class InitialParameters { default_, zeros };

/// In the order of InitialParameters.
inline constexpr Choice initial_choices[] = {{"default", "PyTorch's default, drawn by the seed"},
                                             {"zeros", "all 0"}};
static_assert(has_row_for_each(initial_choices, InitialParameters::zeros));

/// Setting "initial" of a model.
struct InitialConfig {
  InitialParameters kind = InitialParameters::default_;
  std::string file = {};    ///< an .npz file with an array for each parameter; empty: see kind
  std::string digest = {};  ///< XXH3-128 of the file's bytes, in hex; empty: not known yet
  friend bool operator==(const InitialConfig&, const InitialConfig&) = default;
};

/// "dataset.name" of runs whose model is external: the command reads its own data.
inline constexpr const char* external_data = "external";

/// Settings of model "external": the command that computes gradients (external/problem.hpp).
struct ExternalConfig {
  std::vector<std::string> command;  ///< a program and its arguments
  std::string folder;                ///< where it is executed; absolute once resolved
  Seconds timeout{300};              ///< for each answer
  friend bool operator==(const ExternalConfig&, const ExternalConfig&) = default;
};

/// Settings object "model".
struct ModelConfig {
  ModelKind name = ModelKind::mlp;
  std::vector<std::int64_t> hidden = {512};  ///< mlp: units of each hidden layer
  /// mlp, logistic
  GradientImplementation gradient = GradientImplementation::kernels;
  std::int64_t width = 64;  ///< resnet18: channels of the first stage
  /// resnet18, layers, torchscript
  BatchNormStatistics batch_norm = BatchNormStatistics::shared;
  bool bias = true;  ///< linear
  /// all but torchscript and external, whose files have it
  InitialConfig initial;
  ExternalConfig external;
  std::vector<LayerConfig> layers = {};  ///< layers
  /// layers: a JSON file with the list, which is read into `layers`; empty: given inline.
  /// torchscript: the module
  std::string file = {};
  /// XXH3-128, in hex, of the file's bytes, or of the files that an external model's command names;
  /// empty: not known yet
  std::string digest = {};
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
