#pragma once

#include <cstddef>
#include <cstdint>

namespace gradwire {

/// Where to mark large entries: bit i mod 8 of bytes[i / 8] is set if and only if the magnitude of
/// entry i, as an integer (kernels/kth_largest.hpp), is above `above`.
struct CandidateMask {
  std::uint8_t* bytes = nullptr;  ///< null: no marks requested
  std::int32_t above = 0;
};

/// Observes a vector while it is written, from its first entry to its last.
class WriteObserver {
 public:
  virtual ~WriteObserver() = default;

  /// The entries before `end` have their final values; the latest of them are in the cache.
  virtual void written(std::size_t end) = 0;

  // Optional: producers that still hold the entries in registers can precompute the marks.

  /// Where to mark the entries [begin, end), which are written next.
  virtual CandidateMask marks(std::size_t /*begin*/, std::size_t /*end*/) { return {}; }
  /// Replaces written(end) when [begin, end) has been marked as marks() requested.
  virtual void marked(std::size_t /*begin*/, std::size_t end) { written(end); }
};

/// Ignores what is written.
class NoObserver final : public WriteObserver {
 public:
  void written(std::size_t /*end*/) override {}
};

}  // namespace gradwire
