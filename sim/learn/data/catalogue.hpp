#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sim/learn/config.hpp"
#include "sim/learn/data/data_identity.hpp"

namespace gradwire::learn {

/// A supported dataset or model.
struct Entry {
  std::string name;
  std::string description;  ///< one line
  bool has_files = false;   ///< the dataset is read from files
};
[[nodiscard]] std::vector<Entry> known_datasets();
[[nodiscard]] std::vector<Entry> known_models();

/// Result of `gradwire data check`.
struct DatasetReport {
  std::string name;
  std::filesystem::path folder;
  DataIdentity identity;
  std::int64_t train_samples = 0;
  std::int64_t test_samples = 0;
  std::int64_t classes = 0;
  std::vector<std::int64_t> shape;               ///< of a sample: {28, 28}
  std::vector<std::int64_t> train_class_counts;  ///< [classes]
  std::string remark;  ///< how its size differs from the original's, or ""
};

/// Reads all files of a dataset. Throws InputError when it is unknown, missing or defective.
[[nodiscard]] DatasetReport check_dataset(const std::string& name,
                                          const std::optional<std::filesystem::path>& data_dir);

/// The datasets with files that make up a dataset of a scenario: itself for "mnist", two for
/// "cifar10+mnist", none for "synthetic".
[[nodiscard]] std::vector<std::string> parts_of_dataset(const std::string& name);

/// Whether a dataset of a scenario is read from files.
[[nodiscard]] bool has_files(const DatasetConfig& config);

/// The name of a dataset for messages: "mnist", or "file (train.csv)".
[[nodiscard]] std::string title_of(const DatasetConfig& config);

/// Whether all files of a dataset exist; opens none of them. Throws InputError when `data_dir` is
/// given but is not a folder.
[[nodiscard]] bool has_dataset(const DatasetConfig& config,
                               const std::optional<std::filesystem::path>& data_dir);

/// Throws InputError, as reading would, when files of a dataset are missing; reads no samples.
void require_dataset(const DatasetConfig& config,
                     const std::optional<std::filesystem::path>& data_dir);

/// Reads all files of a dataset. Throws InputError as reading does.
[[nodiscard]] DataIdentity identify_dataset(const DatasetConfig& config,
                                            const std::optional<std::filesystem::path>& data_dir);

}  // namespace gradwire::learn
