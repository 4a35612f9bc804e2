#pragma once

#include "sim/learn/data/formats/array.hpp"

namespace gradwire::learn {

/// Reads the header of an array in NumPy's format (numpy.lib.format), version 1, 2 or 3, with
/// elements of float32, float64, (u)int8 to 64 or bool of either byte order, and leaves `in` at the
/// first value. Throws InputError for other types and for a shape that the stream cannot hold.
[[nodiscard]] ArrayHeader read_npy_header(ByteStream& in);

}  // namespace gradwire::learn
