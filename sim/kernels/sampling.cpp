#include "sim/kernels/sampling.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <span>

#include "sim/kernels/compact_candidates.hpp"

namespace gradwire {
namespace {

/// Positions drawn together.
constexpr std::size_t together = 256;

/// floor(bits bound / 2^64) of the 64 bits (high, low), in {0 .. bound - 1}; a value's probability
/// is 1/bound to 2^-64.   bound <= 2^32
std::uint64_t below(std::uint64_t bound, std::uint32_t high, std::uint32_t low) {
  return (high * bound + ((low * bound) >> 32U)) >> 32U;
}

/// 1 or 0.
std::uint64_t is_marked(std::span<const std::uint64_t> marks, std::uint64_t i) {
  return marks[i / word_of_marks] >> (i % word_of_marks) & 1U;
}

/// Marks k of n unmarked positions (Floyd; Bentley, CACM 30(9), 1987): for j = n - k .. n - 1 a
/// uniform one of 0 .. j, or j if that is marked already. Position number i is made from the draws
/// 2i and 2i + 1.   2 k <= n
void mark_sample(const RandomKey& key, std::size_t n, std::size_t k,
                 std::span<std::uint64_t> marks) {
  std::array<std::uint32_t, 2 * together> bits;
  for (std::size_t done = 0; done < k; done += together) {
    const std::size_t count = std::min(together, k - done);
    random_bits(key, static_cast<std::uint32_t>(2 * done), std::span(bits).first(2 * count));
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint64_t j = n - k + done + i;
      const std::uint64_t drawn = below(j + 1, bits[2 * i], bits[2 * i + 1]);
      const std::uint64_t position = drawn + (j - drawn) * is_marked(marks, drawn);  // no branch
      marks[position / word_of_marks] |= std::uint64_t{1} << (position % word_of_marks);
    }
  }
}

/// Marks the positions 0 .. n - 1 that are not marked, and no others.
void complement(std::size_t n, std::span<std::uint64_t> marks) {
  for (std::uint64_t& word : marks) word = ~word;
  if (n % word_of_marks != 0) marks.back() &= (std::uint64_t{1} << (n % word_of_marks)) - 1;
}

}  // namespace

/// If k > n / 2, draws the positions that are left out.
void sample_without_replacement(const RandomKey& key, std::size_t n, std::size_t k,
                                std::vector<std::uint32_t>& indices, std::uint32_t offset) {
  assert(k <= n && n <= (std::uint64_t{1} << 32U) - offset);
  thread_local std::vector<std::uint64_t> marks;
  marks.assign((n + word_of_marks - 1) / word_of_marks, 0);
  mark_sample(key, n, std::min(k, n - k), marks);
  if (k > n - k) complement(n, marks);

  const std::size_t before = indices.size();
  indices.resize(before + k + write_width);
  [[maybe_unused]] const std::size_t written = write_marked(marks, offset, indices.data() + before);
  assert(written == k);
  indices.resize(before + k);
}

}  // namespace gradwire
