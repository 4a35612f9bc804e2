#pragma once

#include <filesystem>
#include <span>

#include "sim/learn/images.hpp"

namespace gradwire::learn {

/// What stands before the 3,072 bytes of an image in CIFAR's binary files: one label (CIFAR-10), or
/// a coarse and a fine one (CIFAR-100), of which the last counts.
struct CifarFormat {
  int label_bytes = 1;
  int classes = 10;
  int coarse_classes = 20;  ///< of the first label, where there are two
};

/// Reads files of records (www.cs.toronto.edu/~kriz/cifar.html), plain or gzip, one after the
/// other. Throws InputError naming the file and the offset: a record cut short, none at all, a
/// label too large.
[[nodiscard]] LabelledImages read_cifar(std::span<const std::filesystem::path> files,
                                        const CifarFormat& format);

}  // namespace gradwire::learn
