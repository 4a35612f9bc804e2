#include <gtest/gtest.h>

#include "sim/scenario/scenario.hpp"

// The names of the values that code compares: a table in another order than its enumeration would
// give a setting the meaning of another.

namespace gradwire::choices_test {
namespace {

TEST(Choices, OfTheProtocol) {
  using namespace protocols;
  EXPECT_EQ(name_of(ProtocolKind::parameter_server, protocol_choices), "parameter_server");
  EXPECT_EQ(name_of(ProtocolKind::all_reduce, protocol_choices), "all_reduce");
  EXPECT_EQ(name_of(CollectiveKind::ring, collective_choices), "ring");
  EXPECT_EQ(name_of(CollectiveKind::tree, collective_choices), "tree");
  EXPECT_EQ(name_of(CollectiveKind::halving_doubling, collective_choices), "halving_doubling");
  EXPECT_EQ(name_of(CollectiveKind::two_level, collective_choices), "two_level");
  EXPECT_EQ(name_of(Reception::sequential, reception_choices), "sequential");
  EXPECT_EQ(name_of(Reception::concurrent, reception_choices), "concurrent");
  EXPECT_EQ(name_of(ServerPlace::dedicated, server_place_choices), "dedicated");
  EXPECT_EQ(name_of(ServerPlace::worker0, server_place_choices), "worker0");
  EXPECT_EQ(name_of(BroadcastKind::star, broadcast_choices), "star");
  EXPECT_EQ(name_of(BroadcastKind::binomial, broadcast_choices), "binomial");
  EXPECT_EQ(name_of(BroadcastKind::none, broadcast_choices), "none");
  EXPECT_EQ(name_of(OnFailure::stop, on_failure_choices), "stop");
  EXPECT_EQ(name_of(OnFailure::wait, on_failure_choices), "wait");
  EXPECT_EQ(name_of(OnFailure::go_on, on_failure_choices), "go_on");
}

TEST(Choices, OfTheNetwork) {
  using namespace network;
  EXPECT_EQ(name_of(PlatformKind::star, platform_choices), "star");
  EXPECT_EQ(name_of(PlatformKind::file, platform_choices), "file");
  EXPECT_EQ(name_of(NetworkModel::cm02, network_model_choices), "CM02");
  EXPECT_EQ(name_of(NetworkModel::lv08, network_model_choices), "LV08");
  EXPECT_EQ(name_of(NetworkModel::calibrated, network_model_choices), "calibrated");
}

TEST(Choices, OfLearning) {
  using namespace learn;
  EXPECT_EQ(name_of(PartitionKind::iid, partition_choices), "iid");
  EXPECT_EQ(name_of(PartitionKind::dirichlet, partition_choices), "dirichlet");
  EXPECT_EQ(name_of(PartitionKind::shards, partition_choices), "shards");
  EXPECT_EQ(name_of(PartitionKind::by_source, partition_choices), "by_source");
  EXPECT_EQ(name_of(PartitionKind::consecutive, partition_choices), "consecutive");
  EXPECT_EQ(name_of(LossKind::cross_entropy, loss_choices), "cross_entropy");
  EXPECT_EQ(name_of(LossKind::logistic, loss_choices), "logistic");
  EXPECT_EQ(name_of(LossKind::squared, loss_choices), "squared");
  EXPECT_EQ(name_of(LossSum::mean, loss_sum_choices), "mean");
  EXPECT_EQ(name_of(LossSum::sum, loss_sum_choices), "sum");
  EXPECT_EQ(name_of(LabelNumbers::sign, label_number_choices), "sign");
  EXPECT_EQ(name_of(LabelNumbers::as_is, label_number_choices), "as_is");
  EXPECT_EQ(name_of(InitialParameters::default_, initial_choices), "default");
  EXPECT_EQ(name_of(InitialParameters::zeros, initial_choices), "zeros");
  EXPECT_EQ(name_of(FileFormat::npz, file_format_choices), "npz");
  EXPECT_EQ(name_of(FileFormat::libsvm, file_format_choices), "libsvm");
  EXPECT_EQ(name_of(FileFormat::csv, file_format_choices), "csv");
  EXPECT_EQ(name_of(FileFormat::idx, file_format_choices), "idx");
  EXPECT_EQ(name_of(FileFormat::images_raw, file_format_choices), "images_raw");
  EXPECT_EQ(name_of(AugmentationKind::standard, augmentation_choices), "standard");
  EXPECT_EQ(name_of(AugmentationKind::none, augmentation_choices), "none");
  EXPECT_EQ(name_of(ModelKind::mlp, model_choices), "mlp");
  EXPECT_EQ(name_of(ModelKind::logistic, model_choices), "logistic");
  EXPECT_EQ(name_of(ModelKind::cnn, model_choices), "cnn");
  EXPECT_EQ(name_of(ModelKind::resnet18, model_choices), "resnet18");
  EXPECT_EQ(name_of(ModelKind::linear, model_choices), "linear");
  EXPECT_EQ(name_of(ModelKind::external, model_choices), "external");
  EXPECT_EQ(name_of(ModelKind::layers, model_choices), "layers");
  EXPECT_EQ(name_of(ModelKind::torchscript, model_choices), "torchscript");
  EXPECT_EQ(name_of(GradientImplementation::kernels, gradient_choices), "kernels");
  EXPECT_EQ(name_of(GradientImplementation::libtorch, gradient_choices), "libtorch");
  EXPECT_EQ(name_of(BatchNormStatistics::shared, batch_norm_choices), "shared");
  EXPECT_EQ(name_of(BatchNormStatistics::per_worker, batch_norm_choices), "per_worker");
  EXPECT_EQ(name_of(Device::cpu, device_choices), "cpu");
  EXPECT_EQ(name_of(Device::cuda, device_choices), "cuda");
}

TEST(Choices, OfLayers) {
  using namespace learn;
  EXPECT_EQ(name_of(LayerKind::linear, layer_choices), "linear");
  EXPECT_EQ(name_of(LayerKind::conv, layer_choices), "conv");
  EXPECT_EQ(name_of(LayerKind::max_pool, layer_choices), "max_pool");
  EXPECT_EQ(name_of(LayerKind::average_pool, layer_choices), "average_pool");
  EXPECT_EQ(name_of(LayerKind::adaptive_average_pool, layer_choices), "adaptive_average_pool");
  EXPECT_EQ(name_of(LayerKind::global_average_pool, layer_choices), "global_average_pool");
  EXPECT_EQ(name_of(LayerKind::batch_norm, layer_choices), "batch_norm");
  EXPECT_EQ(name_of(LayerKind::relu, layer_choices), "relu");
  EXPECT_EQ(name_of(LayerKind::leaky_relu, layer_choices), "leaky_relu");
  EXPECT_EQ(name_of(LayerKind::tanh, layer_choices), "tanh");
  EXPECT_EQ(name_of(LayerKind::sigmoid, layer_choices), "sigmoid");
  EXPECT_EQ(name_of(LayerKind::gelu, layer_choices), "gelu");
  EXPECT_EQ(name_of(LayerKind::dropout, layer_choices), "dropout");
  EXPECT_EQ(name_of(LayerKind::flatten, layer_choices), "flatten");
  EXPECT_EQ(name_of(LayerKind::residual, layer_choices), "residual");
}

TEST(Choices, OfTheAlgorithm) {
  using namespace algorithms;
  EXPECT_EQ(name_of(Reduction::sum, reduction_choices), "sum");
  EXPECT_EQ(name_of(Reduction::mean, reduction_choices), "mean");
  EXPECT_EQ(name_of(IndexCoding::none, index_choices), "none");
  EXPECT_EQ(name_of(IndexCoding::int32, index_choices), "int32");
  EXPECT_EQ(name_of(IndexCoding::int64, index_choices), "int64");
  EXPECT_EQ(name_of(IndexCoding::model, index_choices), "model");
  EXPECT_EQ(name_of(IndexCoding::bitmap, index_choices), "bitmap");
  EXPECT_EQ(name_of(IndexCoding::seed, index_choices), "seed");
  EXPECT_EQ(name_of(IndexCoding::tensor, index_choices), "tensor");
  EXPECT_EQ(name_of(IndexCoding::golomb, index_choices), "golomb");
  EXPECT_EQ(name_of(ValueFormat::float32, value_choices), "float32");
  EXPECT_EQ(name_of(ValueFormat::float16, value_choices), "float16");
  EXPECT_EQ(name_of(ValueFormat::bfloat16, value_choices), "bfloat16");
  EXPECT_EQ(name_of(LevelCoding::fixed, level_choices), "fixed");
  EXPECT_EQ(name_of(LevelCoding::elias, level_choices), "elias");
  EXPECT_EQ(name_of(LevelCoding::vsc, level_choices), "vsc");
}

TEST(Choices, OfTheRun) {
  using namespace scenario;
  EXPECT_EQ(name_of(Draws::named, draws_choices), "named");
  EXPECT_EQ(name_of(Draws::pytorch, draws_choices), "pytorch");
  EXPECT_EQ(name_of(BaselineMetric::test_accuracy, baseline_metric_choices), "test_accuracy");
  EXPECT_EQ(name_of(BaselineMetric::test_top5_accuracy, baseline_metric_choices),
            "test_top5_accuracy");
  EXPECT_EQ(name_of(BaselineMetric::train_accuracy, baseline_metric_choices), "train_accuracy");
  EXPECT_EQ(name_of(BaselineMetric::objective, baseline_metric_choices), "objective");
  EXPECT_EQ(name_of(Gap::absolute, gap_choices), "absolute");
  EXPECT_EQ(name_of(Gap::relative, gap_choices), "relative");
  EXPECT_EQ(name_of(ScheduleKind::steps, schedule_choices), "steps");
  EXPECT_EQ(name_of(ScheduleKind::cosine, schedule_choices), "cosine");
}

}  // namespace
}  // namespace gradwire::choices_test
