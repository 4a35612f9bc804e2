#pragma once

#include <filesystem>
#include <span>

#include "sim/learn/data/samples/images.hpp"

namespace gradwire::learn {

/// Labels before the 3,072 bytes of an image in CIFAR's binary files: one (CIFAR-10), or a coarse
/// and a fine one (CIFAR-100), of which the fine one is used.
struct CifarFormat {
  int label_bytes = 1;
  int classes = 10;
  int coarse_classes = 20;  ///< of the first label, where there are two
};

/// Reads and concatenates files of records (www.cs.toronto.edu/~kriz/cifar.html), plain or gzip.
/// Throws InputError with the file and the offset: a truncated record, a file without records, a
/// label out of range.
[[nodiscard]] LabelledImages read_cifar(std::span<const std::filesystem::path> files,
                                        const CifarFormat& format);

/// The same of the version for Python: pickles of the arrays "data" [n, 3072] and "labels" or
/// "fine_labels". Throws InputError with the file: another pickle, a label out of range, different
/// counts.
[[nodiscard]] LabelledImages read_cifar_python(std::span<const std::filesystem::path> files,
                                               const CifarFormat& format);

}  // namespace gradwire::learn
