#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "sim/kernels/write_observer.hpp"

namespace gradwire {

// Selection of the entries of a vector that are largest in magnitude: exact, in one pass over any
// data, bit-identical for all vector widths.

/// Threshold of the previous selection, as an initial guess for the next: a bad guess costs time
/// only.
struct SelectionGuess {
  std::int32_t smallest = -1;  ///< smallest selected magnitude, as an integer; -1: none yet
};

/// Appends to `indices`, ascending, `offset` + the positions of the k entries of `v` largest in
/// magnitude; of equal magnitudes the lowest index first. Exactly k; k <= v.size(). NaN counts as
/// larger than infinity.
void select_largest(std::span<const float> v, std::size_t k, std::uint32_t offset,
                    std::vector<std::uint32_t>& indices);

/// select_largest() from a vector while it is being written: each piece is processed while it is in
/// the cache. Made for repeated selections from similar vectors.
class LargestEntries {
 public:
  /// v and guess must outlive this object; 0 < k <= v.size().
  LargestEntries(std::span<const float> v, std::size_t k, SelectionGuess& guess);
  LargestEntries(LargestEntries&&) noexcept;
  ~LargestEntries();

  /// Optional: the entries of v before `end` have their final values. `end` grows from call to
  /// call.
  void written(std::size_t end);
  /// As WriteObserver::marks() and marked(), for the entries of v from `begin` on.
  CandidateMask marks(std::size_t begin);
  void marked(std::size_t begin, std::size_t end);
  /// Requires the final values of all of v. Appends to `indices` as select_largest() does, and to
  /// `values` the selected entries.
  void append(std::uint32_t offset, std::vector<std::uint32_t>& indices,
              std::vector<float>& values);

 private:
  class Candidates;
  std::span<const float> v_;
  std::size_t k_;
  SelectionGuess* guess_;
  std::unique_ptr<Candidates> candidates_;  ///< null if k == v.size()
};

}  // namespace gradwire
