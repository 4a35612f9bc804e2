#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace gradwire::learn {

/// A value of a Python pickle.
struct PickleValue {
  enum class Kind { none, number, text, list, tuple, dictionary, global, array, type };
  using Pointer = std::shared_ptr<PickleValue>;

  Kind kind = Kind::none;
  std::int64_t number = 0;          ///< number; booleans are 0 and 1
  std::string text;                 ///< text; global: "module name"; type: "u1"; array: its bytes
  std::vector<Pointer> items;       ///< list, tuple; dictionary: keys and values in turn
  int depth = 0;                    ///< of tuples in a tuple
  std::vector<std::int64_t> shape;  ///< array, of unsigned bytes in row-major order
};

/// Reads a pickle of dictionaries, lists, tuples, numbers, strings and NumPy arrays of unsigned
/// bytes, as Python 2 writes them with protocol 2. Refuses every other opcode, and every global
/// besides those of NumPy's arrays; calls nothing. Throws InputError with the file and the offset.
[[nodiscard]] PickleValue::Pointer read_pickle(const std::filesystem::path& file);

}  // namespace gradwire::learn
