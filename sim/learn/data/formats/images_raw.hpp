#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "sim/learn/data/formats/table.hpp"

namespace gradwire::learn {

/// Records of label bytes and pixel bytes, as in CIFAR's binary files
/// (www.cs.toronto.edu/~kriz/cifar.html).
struct RecordFormat {
  std::uint64_t pixel_bytes = 0;
  int label_bytes = 1;  ///< before the pixels; the last one is the label
  /// [label_bytes] of each label byte; it must be below. Empty: it may be any.
  std::vector<int> classes;
};

struct Records {
  std::vector<std::uint8_t> pixels;  ///< [n, pixel_bytes]
  std::vector<std::uint8_t> labels;  ///< [n]
};

/// Reads and concatenates files of records, plain or gzip. Throws InputError with the file and the
/// offset: a truncated record, a file without records, a label out of range.
[[nodiscard]] Records read_records(std::span<const std::filesystem::path> files,
                                   const RecordFormat& format);

/// The same as a table of samples of this shape.
[[nodiscard]] Table read_images_raw(std::span<const std::filesystem::path> files,
                                    const std::vector<std::int64_t>& shape, int label_bytes);

}  // namespace gradwire::learn
