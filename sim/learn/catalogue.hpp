#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

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

}  // namespace gradwire::learn
