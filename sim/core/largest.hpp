#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "sim/core/watcher.hpp"

namespace gradwire {

// Which entries of a vector are largest in magnitude: exact, in one pass over data of any kind, the
// same whatever the machine's vector width.

/// Where a selection ended, as a guess where the next one will: time is all that it can cost.
struct SelectionGuess {
  std::int32_t smallest = -1;  ///< magnitude kept, as an integer; none yet
};

/// Appends to `indices`, ascending, `offset` + the positions of the k entries of `v` largest in
/// magnitude; of equal magnitudes the lowest index first. Exactly k; k <= v.size(). NaN counts as
/// larger than infinity.
void select_largest(std::span<const float> v, std::size_t k, std::uint32_t offset,
                    std::vector<std::uint32_t>& indices);

/// select_largest() from a vector that is being written, a piece at a time while the piece is in
/// the cache; and again and again from vectors like it.
class LargestEntries {
 public:
  /// v and guess must stay where they are; 0 < k <= v.size().
  LargestEntries(std::span<const float> v, std::size_t k, SelectionGuess& guess);
  LargestEntries(LargestEntries&&) noexcept;
  ~LargestEntries();

  /// v has its final values before `end`, which grows from call to call. Need not be called.
  void written(std::size_t end);
  /// As Watcher's; of v's entries from `begin` on.
  Marks marks(std::size_t begin);
  void marked(std::size_t begin, std::size_t end);
  /// All of v has: appends as select_largest() does, and to `values` what v has there.
  void append(std::uint32_t offset, std::vector<std::uint32_t>& indices,
              std::vector<float>& values);

 private:
  class Candidates;
  std::span<const float> v_;
  std::size_t k_;
  SelectionGuess* guess_;
  std::unique_ptr<Candidates> candidates_;  ///< none where all are kept
};

}  // namespace gradwire
