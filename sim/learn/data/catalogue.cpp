#include "sim/learn/data/catalogue.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/core/error.hpp"
#include "sim/learn/data/dataset.hpp"
#include "sim/learn/data/files/data_paths.hpp"
#include "sim/learn/data/files/file_dataset.hpp"

namespace gradwire::learn {

std::vector<Entry> known_datasets() {
  std::vector<Entry> entries;
  for (const ImageDatasetInfo& info : image_datasets()) {
    entries.push_back({info.name, info.description, true});
  }
  entries.push_back({"cifar10+mnist", "both, the digits as 32 x 32 colour; classes in common"});
  entries.push_back({"synthetic", "Gaussian classes made from the seed; needs no files"});
  entries.push_back({"file", "your own files: npz, libsvm, csv, idx or images_raw (\"format\")"});
  return entries;
}

std::vector<Entry> known_models() {
  return {
      {"mlp", "fully connected, ReLU between layers; \"hidden\" lists each hidden layer's units"},
      {"logistic", "softmax of one linear layer"},
      {"cnn", "two 5 x 5 convolutions with pooling, a layer of 512 (McMahan et al. 2017)"},
      {"resnet18", "ResNet-18 for small images: 3 x 3 stem, no pooling behind it; \"width\""},
      {"linear", "one linear layer for the losses of convex problems: \"loss\""},
      {"layers", "convolutions, pools, residuals and others as listed in \"layers\" or a \"file\""},
      {"torchscript", "what torch.jit.script(model).save(\"net.pt\") wrote; \"file\""},
      {"external", "a program of your own, in any language: \"command\" (experiments/own-model)"},
  };
}

namespace {

const ImageDatasetInfo& dataset_in_files(const std::string& name) {
  if (const ImageDatasetInfo* info = find_image_dataset(name)) return *info;
  throw InputError("", fmt::format("dataset \"{}\" is unknown or has no files of its own, expected "
                                   "mnist, fashion-mnist, cifar10 or cifar100",
                                   name));
}

}  // namespace

DatasetReport check_dataset(const std::string& name,
                            const std::optional<std::filesystem::path>& data_dir) {
  const ImageDatasetInfo* info = &dataset_in_files(name);
  DatasetConfig config;
  config.name = name;
  const Dataset data = load_dataset(config, 0, data_dir);
  DatasetReport report{.name = name,
                       .folder = info->format == DatasetFormat::idx
                                     ? find_dataset(name, data_dir).folder
                                     : find_cifar(name, data_dir).folder,
                       .identity = data.identity,
                       .train_samples = data.train.count(),
                       .test_samples = data.test.count(),
                       .classes = data.classes,
                       .shape = data.shape,
                       .train_class_counts = {},
                       .remark = size_remark(*info, data.identity)};
  report.train_class_counts.resize(static_cast<std::size_t>(data.classes));
  for (const Label label : data.train.labels()) {
    ++report.train_class_counts[static_cast<std::size_t>(label)];
  }
  return report;
}

std::vector<std::string> parts_of_dataset(const std::string& name) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find('+', begin), name.size());
    const std::string part = name.substr(begin, end - begin);
    if (find_image_dataset(part) != nullptr) parts.push_back(part);
    begin = end + 1;
  }
  return parts;
}

bool has_files(const DatasetConfig& config) {
  return config.name == file_dataset || !parts_of_dataset(config.name).empty();
}

std::string title_of(const DatasetConfig& config) {
  if (config.name != file_dataset || config.files.train.empty()) return config.name;
  return fmt::format("{} ({})", config.name, config.files.train.front());
}

bool has_dataset(const DatasetConfig& config,
                 const std::optional<std::filesystem::path>& data_dir) {
  if (config.name == file_dataset) return has_files(config.files);
  return std::ranges::all_of(parts_of_dataset(config.name), [&](const std::string& part) {
    return dataset_in_files(part).format == DatasetFormat::idx
               ? look_for_dataset(part, data_dir).has_value()
               : look_for_cifar(part, data_dir).has_value();
  });
}

void require_dataset(const DatasetConfig& config,
                     const std::optional<std::filesystem::path>& data_dir) {
  if (config.name == file_dataset) return require_files(config.files);
  for (const std::string& part : parts_of_dataset(config.name)) {
    if (dataset_in_files(part).format == DatasetFormat::idx) {
      static_cast<void>(find_dataset(part, data_dir));
    } else {
      static_cast<void>(find_cifar(part, data_dir));
    }
  }
}

DataIdentity identify_dataset(const DatasetConfig& config,
                              const std::optional<std::filesystem::path>& data_dir) {
  if (config.name == file_dataset) return load_file_dataset(config.files, 0).identity;
  std::optional<DataIdentity> whole;
  for (const std::string& part : parts_of_dataset(config.name)) {
    const DataIdentity identity = check_dataset(part, data_dir).identity;
    whole = whole ? joined(*whole, identity) : identity;
  }
  if (!whole) static_cast<void>(dataset_in_files(config.name));  // throws
  return *whole;
}

}  // namespace gradwire::learn
