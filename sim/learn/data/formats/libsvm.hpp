#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>

#include "sim/learn/data/formats/table.hpp"

namespace gradwire::learn {

/// Reads and concatenates text files in LIBSVM's format, plain or gzip: per line a label and pairs
/// INDEX:VALUE in ascending order of the index, from 1; an index without a value has the value 1;
/// '#' begins a comment. `features` is the number of columns, else it is the largest index. The
/// values are sparse where that takes less memory. Throws InputError with file, line and column.
[[nodiscard]] Table read_libsvm(std::span<const std::filesystem::path> files,
                                std::optional<std::int64_t> features);

}  // namespace gradwire::learn
