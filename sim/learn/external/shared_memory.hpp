#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "sim/learn/external/protocol.hpp"

namespace gradwire::learn::external {

/// Memory without a name that this process shares with a process that inherits its descriptor:
/// theta and a gradient. It exists as long as one of them has it open.
class SharedMemory {
 public:
  /// Empty. Throws SystemError if the system has no such memory.
  SharedMemory();
  ~SharedMemory();
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;

  [[nodiscard]] int descriptor() const { return descriptor_; }
  /// Sets the size once, for models of `parameters` floats, and maps the memory. Neither side can
  /// make it smaller afterwards. Throws SystemError if there is not enough memory.
  void allocate(std::size_t parameters);

  // After allocate().
  [[nodiscard]] const MemoryMap& map() const { return map_; }
  [[nodiscard]] std::span<float> theta() const { return area(map_.theta); }              ///< [d]
  [[nodiscard]] std::span<const float> gradient() const { return area(map_.gradient); }  ///< [d]

 private:
  [[nodiscard]] std::span<float> area(std::uint64_t offset) const;

  int descriptor_ = -1;
  std::size_t parameters_ = 0;
  MemoryMap map_;
  char* begin_ = nullptr;
};

}  // namespace gradwire::learn::external
