#pragma once

#include <filesystem>

#include "sim/learn/data/formats/table.hpp"
#include "sim/learn/data/samples/images.hpp"

namespace gradwire::learn {

/// Reads a pair of IDX files (yann.lecun.com/exdb/mnist) of grey images and their labels, plain or
/// gzip. Throws InputError with the file, the offset in the uncompressed stream, the expected and
/// the found value: wrong magic number, impossible dimensions, a file that is too short, corrupt or
/// too long, a label not below `classes`, different counts.
[[nodiscard]] LabelledImages read_idx(const std::filesystem::path& images,
                                      const std::filesystem::path& labels, int classes);

/// Reads a pair of IDX files of any element type and number of dimensions, plain or gzip: samples
/// [n, ...] and labels [n] or [n, 1].
[[nodiscard]] Table read_idx_pair(const std::filesystem::path& samples,
                                  const std::filesystem::path& labels);

/// Reads the header of an IDX file of any type only. Throws InputError as read_idx_pair().
void check_idx(const std::filesystem::path& file);

}  // namespace gradwire::learn
