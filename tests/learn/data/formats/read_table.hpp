#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/learn/data/formats/csv.hpp"
#include "sim/learn/data/formats/idx.hpp"
#include "sim/learn/data/formats/images_raw.hpp"
#include "sim/learn/data/formats/libsvm.hpp"
#include "sim/learn/data/formats/npz.hpp"

namespace gradwire::learn {

/// How a test reads a file: the options of the reader that `format` names.
struct ReadOptions {
  std::string format;  ///< "npz", "npy", "idx", "libsvm", "csv" or "images_raw"
  std::filesystem::path labels_file;
  ArrayNames arrays;
  std::string label;
  std::optional<std::int64_t> features;
  std::vector<std::int64_t> shape;
  int label_bytes = 1;
};

inline Table read_table(const std::filesystem::path& file, const ReadOptions& options) {
  const std::span files(&file, 1);
  if (options.format == "npz") return read_npz(file, options.arrays);
  if (options.format == "npy") return read_npy_pair(file, options.labels_file);
  if (options.format == "idx") return read_idx_pair(file, options.labels_file);
  if (options.format == "libsvm") return read_libsvm(files, options.features);
  if (options.format == "csv") return read_csv(files, options.label);
  return read_images_raw(files, options.shape, options.label_bytes);
}

}  // namespace gradwire::learn
