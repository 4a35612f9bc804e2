#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "sim/core/units.hpp"

namespace gradwire::protocols {

/// Durations of messages between nodes that were alone on their route, by sender, receiver and
/// size.
class MessageDurations {
 public:
  void add(int from, int to, Bytes size, Seconds duration) {
    if (known_ >= most || find(from, to, size) != nullptr) return;
    auto& sizes = routes_[key(from, to)];
    const auto after = std::ranges::upper_bound(sizes, size, {}, &Known::size);
    sizes.insert(after, {.size = size, .duration = duration});
    ++known_;
  }
  /// Null if unknown.
  [[nodiscard]] const Seconds* find(int from, int to, Bytes size) const {
    const auto route = routes_.find(key(from, to));
    if (route == routes_.end()) return nullptr;
    const auto found = std::ranges::lower_bound(route->second, size, {}, &Known::size);
    return found == route->second.end() || found->size != size ? nullptr : &found->duration;
  }
  [[nodiscard]] bool empty() const { return known_ == 0; }

 private:
  static constexpr std::size_t most = std::size_t{1} << 22;  // about 64 MB
  struct Known {
    Bytes size;
    Seconds duration;
  };
  static std::uint64_t key(int from, int to) {
    return std::uint64_t{static_cast<std::uint32_t>(from)} << 32 | static_cast<std::uint32_t>(to);
  }

  std::unordered_map<std::uint64_t, std::vector<Known>> routes_;  ///< each sorted by size
  std::size_t known_ = 0;
};

}  // namespace gradwire::protocols
