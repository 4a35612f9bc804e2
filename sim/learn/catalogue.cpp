#include "sim/learn/catalogue.hpp"

#include <fmt/format.h>

#include "sim/core/error.hpp"
#include "sim/learn/data_paths.hpp"
#include "sim/learn/dataset.hpp"

namespace gradwire::learn {

std::vector<Entry> known_datasets() {
  std::vector<Entry> entries;
  for (const ImageDatasetInfo& info : image_datasets()) {
    entries.push_back({info.name, info.description, true});
  }
  entries.push_back({"cifar10+mnist", "both, the digits as 32 x 32 colour; classes in common"});
  entries.push_back({"synthetic", "Gaussian classes made from the seed; needs no files"});
  return entries;
}

std::vector<Entry> known_models() {
  return {
      {"mlp", "fully connected, ReLU between layers; \"hidden\" lists each hidden layer's units"},
      {"logistic", "softmax of one linear layer"},
      {"cnn", "two 5 x 5 convolutions with pooling, a layer of 512 (McMahan et al. 2017)"},
      {"resnet18", "ResNet-18 for small images: 3 x 3 stem, no pooling behind it; \"width\""},
  };
}

DatasetReport check_dataset(const std::string& name,
                            const std::optional<std::filesystem::path>& data_dir) {
  const ImageDatasetInfo* info = find_image_dataset(name);
  if (info == nullptr) {
    throw InputError("",
                     fmt::format("dataset \"{}\" is unknown or has no files of its own, expected "
                                 "mnist, fashion-mnist, cifar10 or cifar100",
                                 name));
  }
  DatasetConfig config;
  config.name = name;
  const Dataset data = load_dataset(config, 0, data_dir);
  DatasetReport report{.name = name,
                       .folder = info->format == DatasetFormat::idx
                                     ? find_dataset(name, data_dir).folder
                                     : find_cifar(name, data_dir).folder,
                       .train_samples = data.train.count(),
                       .test_samples = data.test.count(),
                       .classes = data.classes,
                       .shape = data.shape,
                       .train_class_counts = {},
                       .remark = {}};
  report.train_class_counts.resize(static_cast<std::size_t>(data.classes));
  for (const std::uint8_t label : data.train.labels()) ++report.train_class_counts[label];
  if (report.train_samples != info->train_samples || report.test_samples != info->test_samples) {
    report.remark = fmt::format("the original has {} training and {} test samples",
                                info->train_samples, info->test_samples);
  }
  return report;
}

}  // namespace gradwire::learn
