#pragma once

#include <cstddef>
#include <cstdint>

namespace gradwire {

/// Where entries are to be marked that are large: bit i mod 8 of bytes[i / 8] is to say whether the
/// magnitude of the i-th, as an integer (core/kth_largest.hpp), is above `above`.
struct Marks {
  std::uint8_t* bytes = nullptr;  ///< none: no marks are wanted
  std::int32_t above = 0;
};

/// Looks at a vector while it is being written, from its first entry to its last.
class Watcher {
 public:
  virtual ~Watcher() = default;

  /// The entries before `end` have their final values; they are in the cache.
  virtual void written(std::size_t end) = 0;

  // Who has entries in registers may save the watcher a look at them.

  /// Where to mark [begin, end), the next that will be written.
  virtual Marks marks(std::size_t /*begin*/, std::size_t /*end*/) { return {}; }
  /// written(), and [begin, end) is marked as marks() has just asked.
  virtual void marked(std::size_t /*begin*/, std::size_t end) { written(end); }
};

/// Does not look.
class NoWatcher final : public Watcher {
 public:
  void written(std::size_t /*end*/) override {}
};

}  // namespace gradwire
