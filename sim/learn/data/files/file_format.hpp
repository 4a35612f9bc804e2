#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sim/core/choice_names.hpp"

namespace gradwire::learn {

/// Formats of data files (formats/).
enum class FileFormat { npz, libsvm, csv, idx, images_raw };

/// In the order of FileFormat.
inline constexpr Choice file_format_choices[] = {
    {"npz", "NumPy: an .npz file with arrays x and y, or the two as a pair of .npy files"},
    {"libsvm", "text: per line a label and INDEX:VALUE, indices from 1"},
    {"csv", "text: per line a label and numbers, with or without a header"},
    {"idx", "MNIST's format, of any type and dimensions: samples and labels, a pair of files"},
    {"images_raw", "CIFAR's binary format: records of label bytes and pixel bytes"}};
static_assert(has_row_for_each(file_format_choices, FileFormat::images_raw));

/// Name of the dataset that is read from files which the settings name.
inline constexpr const char* file_dataset = "file";

/// Settings of dataset "file".
struct FileDataConfig {
  FileFormat format = FileFormat::npz;
  std::vector<std::string> train;  ///< files, relative to `folder`
  std::vector<std::string> test;   ///< of the test set; empty: `split` applies
  std::optional<double> split;     ///< share of the samples that become the test set
  /// npz: names of samples and labels; two more: those of the test set
  std::vector<std::string> arrays = {"x", "y"};
  std::string label;                     ///< csv: column by name or by number from 0; empty: last
  std::optional<std::int64_t> features;  ///< libsvm: columns; unset: the largest index
  std::vector<std::int64_t> shape;       ///< of a sample; empty: as the file states
  int label_bytes = 1;                   ///< images_raw
  // A value v becomes (v / scale - mean) / std, in single precision.
  double scale = 1.0;
  std::vector<double> mean;  ///< of each channel, or one for all; empty: 0
  std::vector<double> std;   ///< the same numbers of entries; empty: 1
  std::string folder;        ///< absolute once resolved
  std::string digest;        ///< of the data, as in DataIdentity; empty: any

  friend bool operator==(const FileDataConfig&, const FileDataConfig&) = default;
};

}  // namespace gradwire::learn
