#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sim/learn/data_identity.hpp"

namespace gradwire::learn {

/// What is known of a dataset or a model by its name.
struct Entry {
  std::string name;
  std::string description;  ///< one line
  bool has_files = false;   ///< a dataset that lies in files of its own
};
[[nodiscard]] std::vector<Entry> known_datasets();
[[nodiscard]] std::vector<Entry> known_models();

/// What `gradwire data check` found.
struct DatasetReport {
  std::string name;
  std::filesystem::path folder;
  DataIdentity identity;
  std::int64_t train_samples = 0;
  std::int64_t test_samples = 0;
  std::int64_t classes = 0;
  std::vector<std::int64_t> shape;               ///< of a sample: {28, 28}
  std::vector<std::int64_t> train_class_counts;  ///< [classes]
  std::string remark;                            ///< empty, or how it differs from the original
};

/// Reads all of a dataset that lies in files. Throws InputError when it is unknown, missing or
/// defective.
[[nodiscard]] DatasetReport check_dataset(const std::string& name,
                                          const std::optional<std::filesystem::path>& data_dir);

/// The datasets in files that a dataset of a scenario is made of: "mnist" of itself,
/// "cifar10+mnist" of two, "synthetic" of none.
[[nodiscard]] std::vector<std::string> parts_of_dataset(const std::string& name);

/// Whether the files of all parts of a dataset are there; nothing is opened. Throws InputError
/// when `data_dir` is given and no folder.
[[nodiscard]] bool has_dataset(const std::string& name,
                               const std::optional<std::filesystem::path>& data_dir);

/// Throws InputError, as reading would, where the files of a part are not there; nothing is opened.
void require_dataset(const std::string& name, const std::optional<std::filesystem::path>& data_dir);

/// Reads all parts of a dataset that lies in files. Throws InputError as check_dataset().
[[nodiscard]] DataIdentity identify_dataset(const std::string& name,
                                            const std::optional<std::filesystem::path>& data_dir);

}  // namespace gradwire::learn
