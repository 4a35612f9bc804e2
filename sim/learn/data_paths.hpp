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

/// The files of CIFAR-10 or CIFAR-100, binary version.
struct CifarFiles {
  std::filesystem::path folder;
  std::vector<std::filesystem::path> train;  ///< those that are there, in order; at least one
  std::filesystem::path test;
};

/// Where datasets are looked for, in order: `data_dir` where given, $GRADWIRE_DATA,
/// ~/.cache/gradwire, /usr/share/datasets.
[[nodiscard]] std::vector<std::filesystem::path> data_places(
    const std::optional<std::filesystem::path>& data_dir);

/// The files of dataset `name` ("mnist", "fashion-mnist") in the first place that has all four in
/// its sub-folder `name`, or where torchvision puts them ("MNIST/raw", "FashionMNIST/raw", there or
/// below `name`). Nothing is opened. Throws InputError that lists the places looked at, what each
/// lacks and what to put there; also when `data_dir` is given and no folder.
[[nodiscard]] DatasetFiles find_dataset(const std::string& name,
                                        const std::optional<std::filesystem::path>& data_dir);

/// The files of "cifar10" or "cifar100" in the first place that holds the test file and at least
/// one of training, in the archive's own folder ("cifar-10-batches-bin") or below one named as the
/// dataset. Errors as find_dataset().
[[nodiscard]] CifarFiles find_cifar(const std::string& name,
                                    const std::optional<std::filesystem::path>& data_dir);

/// The same, none where they are not found. Throws InputError only when `data_dir` is no folder.
[[nodiscard]] std::optional<DatasetFiles> look_for_dataset(
    const std::string& name, const std::optional<std::filesystem::path>& data_dir);
[[nodiscard]] std::optional<CifarFiles> look_for_cifar(
    const std::string& name, const std::optional<std::filesystem::path>& data_dir);

}  // namespace gradwire::learn
