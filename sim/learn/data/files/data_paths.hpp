#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace gradwire::learn {

/// The four files of a dataset in MNIST's format.
struct DatasetFiles {
  std::filesystem::path folder;
  std::filesystem::path train_images;
  std::filesystem::path train_labels;
  std::filesystem::path test_images;
  std::filesystem::path test_labels;
};

/// The files of CIFAR-10 or CIFAR-100.
struct CifarFiles {
  std::filesystem::path folder;
  std::vector<std::filesystem::path> train;  ///< those that exist, in order; at least one
  std::filesystem::path test;
  bool python = false;  ///< the version for Python (pickles), which torchvision downloads
};

/// Search path of datasets: `data_dir` if given, $GRADWIRE_DATA, ~/.cache/gradwire,
/// /usr/share/datasets.
[[nodiscard]] std::vector<std::filesystem::path> dataset_search_path(
    const std::optional<std::filesystem::path>& data_dir);

/// The files of dataset `name` ("mnist", "fashion-mnist") in the first place that has all four in
/// its sub-folder `name`, or where torchvision puts them ("MNIST/raw", "FashionMNIST/raw", directly
/// or below `name`). Opens no file. Throws InputError with the places searched, the files that each
/// lacks and the files to put there; also when `data_dir` is given but is not a folder.
[[nodiscard]] DatasetFiles find_dataset(const std::string& name,
                                        const std::optional<std::filesystem::path>& data_dir);

/// The files of "cifar10" or "cifar100" in the first place that has the test file and at least one
/// training file, in the archive's own folder ("cifar-10-batches-bin", or of the version for Python
/// "cifar-10-batches-py"), directly or below a folder with the dataset's name. Throws as
/// find_dataset().
[[nodiscard]] CifarFiles find_cifar(const std::string& name,
                                    const std::optional<std::filesystem::path>& data_dir);

/// The same, but nullopt when not found. Throws InputError only when `data_dir` is not a folder.
[[nodiscard]] std::optional<DatasetFiles> look_for_dataset(
    const std::string& name, const std::optional<std::filesystem::path>& data_dir);
[[nodiscard]] std::optional<CifarFiles> look_for_cifar(
    const std::string& name, const std::optional<std::filesystem::path>& data_dir);

}  // namespace gradwire::learn
