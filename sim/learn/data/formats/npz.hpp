#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sim/learn/data/formats/array.hpp"

namespace gradwire::learn {

/// Names of the arrays of samples and labels in an .npz file.
struct ArrayNames {
  std::string samples = "x";
  std::string labels = "y";
};

/// Reads samples and labels from an .npz file (numpy.savez, numpy.savez_compressed). Throws
/// InputError with the file, the array, the offset within it, the expected and the found value.
[[nodiscard]] Table read_npz(const std::filesystem::path& file, const ArrayNames& names);

/// The same from two .npy files (numpy.save), plain or gzip.
[[nodiscard]] Table read_npy_pair(const std::filesystem::path& samples,
                                  const std::filesystem::path& labels);

/// Reads the headers of both arrays of an .npz file only. Throws InputError as read_npz().
void check_npz(const std::filesystem::path& file, const ArrayNames& names);

/// Names of the arrays of an .npz file, in its order.
[[nodiscard]] std::vector<std::string> npz_arrays(const std::filesystem::path& file);

/// Reads one array of an .npz file.
[[nodiscard]] NumericArray read_npz_array(const std::filesystem::path& file,
                                          const std::string& name);

}  // namespace gradwire::learn
