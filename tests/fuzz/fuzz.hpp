#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "sim/core/error.hpp"

namespace gradwire::fuzz {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// Wrong input must be refused by an InputError (a peer's by a SystemError). Any other exception
/// ends the program, and libFuzzer keeps the input.
template <class Read>
void expect_refusal_or_success(Read read) {
  try {
    read();
  } catch (const InputError&) {
  } catch (const SystemError&) {
  }
}

/// A scratch file of this process, in a folder that fuzz.py deletes.
inline std::filesystem::path scratch(const std::filesystem::path& name) {
  static const std::filesystem::path folder = std::filesystem::temp_directory_path();
  return folder / name;
}

inline void write(const std::filesystem::path& file, std::string_view bytes) {
  std::ofstream(file, std::ios::binary) << bytes;
}

}  // namespace gradwire::fuzz
