#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "sim/kernels/vector.hpp"
#include "sim/learn/data/files/byte_stream.hpp"
#include "sim/learn/data/formats/table.hpp"

namespace gradwire::learn {

/// Type of an array's elements in a file.
struct ElementType {
  enum class Kind { boolean, unsigned_integer, signed_integer, floating };
  Kind kind = Kind::unsigned_integer;
  int bytes = 1;
  bool big_endian = false;

  [[nodiscard]] bool is_byte() const { return kind == Kind::unsigned_integer && bytes == 1; }
};

/// What a file states about an array before its values.
struct ArrayHeader {
  ElementType type;
  std::vector<std::int64_t> shape;  ///< the number of samples first
  bool column_major = false;        ///< the first index varies fastest ("Fortran order")
};

/// An array of numbers, row-major: bytes where the file has unsigned bytes, else floats.
struct NumericArray {
  std::vector<std::int64_t> shape;
  std::variant<std::vector<std::uint8_t>, Vector> values;
};

/// Throws unless the array has entries, no more of them than the rest of the stream can hold, and
/// at most 2^32 - 1 samples. `from` is the offset of what states the shape.
void expect_entries(const ByteStream& in, const ArrayHeader& header, std::uint64_t from);

/// Reads the values that follow a header. Throws for one that single precision does not hold as a
/// finite number.
[[nodiscard]] NumericArray read_values(ByteStream& in, const ArrayHeader& header);

/// Reads labels, an array of [n] or [n, 1], at `from` as above. Throws for a value that is not
/// finite and for an integer beyond 2^53, which double precision does not hold.
[[nodiscard]] std::vector<double> read_label_values(ByteStream& in, const ArrayHeader& header,
                                                    std::uint64_t from);

/// Samples x [n, ...] and their labels, of the file named `labels_name`. Throws for different n.
[[nodiscard]] Table table_of(NumericArray x, std::vector<double> labels,
                             const std::string& labels_name, const std::string& samples_name);

}  // namespace gradwire::learn
