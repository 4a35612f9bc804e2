#pragma once

#include <zlib.h>

#include <cstdint>
#include <cstring>
#include <string>

namespace gradwire {

/// The uncompressed body of a trace, which follows the prefix of 40 bytes (see
/// sim/trace/trace.hpp).
inline std::string unpacked_body(const std::string& file) {
  std::uint64_t size = 0;
  std::memcpy(&size, file.data() + 24, sizeof size);
  std::string body(size, '\0');
  uLongf written = body.size();
  uncompress(reinterpret_cast<Bytef*>(body.data()), &written,
             reinterpret_cast<const Bytef*>(file.data() + 40), file.size() - 40);
  return body;
}

}  // namespace gradwire
