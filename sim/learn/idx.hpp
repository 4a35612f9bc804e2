#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace gradwire::learn {

/// Grey images and their classes, as MNIST's IDX files hold them (yann.lecun.com/exdb/mnist).
struct LabelledImages {
  std::int64_t count = 0;
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::vector<std::uint8_t> pixels;  ///< [count, rows, columns]
  std::vector<std::uint8_t> labels;  ///< [count]
};

/// Reads a pair of IDX files, plain or gzip. Throws InputError naming the file, the offset in the
/// uncompressed stream, what was expected and what was found: wrong magic number, dimensions that
/// cannot be, short, corrupt or too long a file, a label not below `classes`, different counts.
[[nodiscard]] LabelledImages read_idx(const std::filesystem::path& images,
                                      const std::filesystem::path& labels, int classes);

}  // namespace gradwire::learn
