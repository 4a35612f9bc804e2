#pragma once

#include <cstdint>

#include "sim/learn/data/dataset.hpp"
#include "sim/learn/data/files/file_format.hpp"

namespace gradwire::learn {

/// Reads the files of a dataset "file". Labels become the classes 0 to k - 1 in ascending order of
/// the distinct numbers or texts of training and test set together; Dataset::label_values has the
/// numbers. Samples are held as bytes, floats or sparse rows, whichever takes the least memory
/// (samples of two and more dimensions never as sparse rows), whatever the format; the identity
/// depends on the values before scaling and on the whole of the samples, not on how the seed splits
/// them. Throws InputError with the file and the place, or with a JSON pointer below /base/dataset.
[[nodiscard]] Dataset load_file_dataset(const FileDataConfig& config, std::uint64_t seed);

/// Whether all files exist.
[[nodiscard]] bool has_files(const FileDataConfig& config);

/// Throws InputError if a file is missing, or if its header (npz, idx) is not that of the format;
/// reads no samples.
void require_files(const FileDataConfig& config);

}  // namespace gradwire::learn
