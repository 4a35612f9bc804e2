#pragma once

#include <filesystem>

#include "sim/learn/images.hpp"

namespace gradwire::learn {

/// Reads a pair of IDX files (yann.lecun.com/exdb/mnist), plain or gzip: grey images. Throws
/// InputError naming the file, the offset in the uncompressed stream, what was expected and what
/// was found: wrong magic number, dimensions that cannot be, short, corrupt or too long a file, a
/// label not below `classes`, different counts.
[[nodiscard]] LabelledImages read_idx(const std::filesystem::path& images,
                                      const std::filesystem::path& labels, int classes);

}  // namespace gradwire::learn
