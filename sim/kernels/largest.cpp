#include "sim/kernels/largest.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <utility>

#include "sim/kernels/compact_candidates.hpp"
#include "sim/kernels/kth_largest.hpp"
#include "sim/kernels/vector.hpp"

namespace gradwire {
namespace {

/// Entries per word of marks.
constexpr std::size_t word = word_of_marks;

/// Vectors with fewer entries are not sampled.
constexpr std::size_t sampled_size = 16384;

/// A bound that probably has k or a few more magnitudes of v above it. Estimated from a sample with
/// strided, jittered positions (no resonance with the rows of a matrix). -1, which is below every
/// magnitude, where sampling does not pay. A wrong bound costs time, never correctness.
std::int32_t likely_bound(std::span<const float> v, std::size_t k) {
  const std::size_t n = v.size();
  if (n < sampled_size || k > n / 8) return -1;
  const std::size_t samples = std::min<std::size_t>(n / 128, 16384);
  const std::size_t stride = n / samples;
  const double expected =
      static_cast<double>(samples) * static_cast<double>(k) / static_cast<double>(n);
  const auto rank = static_cast<std::size_t>(expected + 4.0 * std::sqrt(expected) + 4.0);

  const auto sample = std::make_unique_for_overwrite<std::int32_t[]>(samples);
  for (std::size_t j = 0; j < samples; ++j) {
    const std::uint64_t jitter = static_cast<std::uint32_t>(j * 2654435761U);  // Knuth's hash
    sample[j] = magnitude_of(v[j * stride + static_cast<std::size_t>((jitter * stride) >> 32U)]);
  }
  return kth_largest({sample.get(), samples}, rank).value - 1;
}

/// -1, which is below every magnitude.
std::int32_t lowest_bound(std::span<const float> /*v*/, std::size_t /*k*/) { return -1; }

/// `part` of a magnitude, as a magnitude.
std::int32_t part_of(std::int32_t magnitude, float part) {
  return magnitude_of(part * std::bit_cast<float>(magnitude));
}

/// The buffers of a selection, reused by later selections of the same thread while they are in the
/// cache.
struct Workspace {
  template <class T>
  using Buffer = std::vector<T, AlignedAllocator<T>>;

  static std::unique_ptr<Workspace> take() {
    if (idle.empty()) return std::make_unique<Workspace>();
    std::unique_ptr<Workspace> workspace = std::move(idle.back());
    idle.pop_back();
    return workspace;
  }
  static void give_back(std::unique_ptr<Workspace> workspace) {
    idle.push_back(std::move(workspace));
  }

  Buffer<std::uint32_t> positions;
  Buffer<float> values;
  Buffer<std::int32_t> scratch;
  Buffer<std::uint64_t> marks;  ///< of all entries; allocated on first use

 private:
  static thread_local std::vector<std::unique_ptr<Workspace>> idle;
};
thread_local std::vector<std::unique_ptr<Workspace>> Workspace::idle;

}  // namespace

/// Entries of v, ascending, that may be among its k largest. When the buffers are full, all but the
/// k largest so far are removed; so candidates are few, and one pass suffices for any data.
class LargestEntries::Candidates {
 public:
  Candidates(std::span<const float> v, std::size_t k)
      : v_(v),
        k_(k),
        capacity_(std::min(v.size(), 3 * k + 4 * shortest_stretch)),
        workspace_(Workspace::take()) {
    workspace_->positions.resize(capacity_ + write_width);
    workspace_->values.resize(capacity_ + write_width);
    workspace_->scratch.resize(capacity_);
  }
  ~Candidates() { Workspace::give_back(std::move(workspace_)); }
  Candidates(const Candidates&) = delete;
  Candidates& operator=(const Candidates&) = delete;

  /// Restarts with the entries above `bound`.
  void start(std::int32_t bound) {
    bound_ = bound;
    marked_begin_ = words_of(marked_end_) * word;  // existing marks may miss entries
    lowest_ = bound;
    processed_ = 0;
    count_ = 0;
    check_pending_ = false;
  }
  /// Restarts with a bound slightly below the smallest magnitude of the previous selection.
  void start_near(std::int32_t smallest) { try_with(part_of(smallest, 0.85F)); }

  /// Where to mark the entries from `begin` on; none if `begin` is not at the start of a byte.
  CandidateMask marks(std::size_t begin) {
    if (begin % 8 != 0) return {};
    workspace_->marks.resize(words_of(v_.size()));
    return {reinterpret_cast<std::uint8_t*>(workspace_->marks.data()) + begin / 8, bound_};
  }
  /// The entries in [begin, end) are marked as marks() requested.
  void marked(std::size_t begin, std::size_t end) {
    if (begin != marked_end_) marked_begin_ = words_of(begin) * word;
    marked_end_ = end;
    const std::size_t rest = end % word;
    if (end == v_.size() && rest != 0)
      workspace_->marks[end / word] &= (std::uint64_t{1} << rest) - 1;
  }

  /// Processes the entries before `end`; before the last call, only whole words of marks.
  void process_up_to(std::size_t end) {
    if (end < v_.size()) end = end / word * word;
    const auto n = static_cast<double>(v_.size());
    while (processed_ < end) {
      if (capacity_ - count_ < std::min(shortest_stretch, end - processed_)) {
        raise_bound(keep_largest());  // later equal entries rank below the present ones
      }
      const std::size_t workspace = capacity_ - count_;
      take(workspace >= end - processed_ ? end : processed_ + workspace / word * word);
      if (check_pending_ && static_cast<double>(processed_) >= check_fraction * n) check_bound();
    }
  }

  /// Whether the candidates include all of the k largest; false if the bound was too high.
  [[nodiscard]] bool has_enough() const { return count_ >= k_; }

  /// Removes all but the k largest, of equal magnitudes the later; returns the smallest magnitude
  /// left.
  std::int32_t keep_largest() { return keep_largest(k_); }

  [[nodiscard]] std::span<const std::uint32_t> positions() const {
    return {workspace_->positions.data(), count_};
  }
  [[nodiscard]] std::span<const float> values() const {
    return {workspace_->values.data(), count_};
  }

 private:
  /// After this part of the entries, the number of candidates shows whether the bound is good: for
  /// this purpose the entries of a tensor are in no particular order. This keeps the number of
  /// candidates for the final selection small, and detects early a bound that would give too few.
  static constexpr double check_fraction = 0.125;
  /// Candidates kept, as a multiple of the expected number.
  static constexpr double slack = 1.4;
  static constexpr int most_tries = 3;

  /// The existing marks then include entries that are not above the bound.
  void raise_bound(std::int32_t bound) {
    bound_ = bound;
    too_many_end_ = marked_end_;
  }

  static std::size_t words_of(std::size_t entries) { return (entries + word - 1) / word; }

  /// Appends the entries above the bound from [seen_, stop), or from the first part of it that is
  /// uniformly marked or unmarked: from their marks, or by comparison.
  void take(std::size_t stop) {
    const std::size_t marked_end =
        marked_end_ < v_.size() ? marked_end_ / word * word : marked_end_;
    Compacted out{workspace_->positions.data() + count_, workspace_->values.data() + count_};
    if (processed_ >= marked_begin_ && processed_ < marked_end) {
      stop = std::min(stop, marked_end);
      const auto marks = std::span<const std::uint64_t>(workspace_->marks).first(words_of(stop));
      compact_marked(marks.subspan(processed_ / word), v_, processed_, out);
      if (processed_ < too_many_end_) drop_up_to_bound(out);
    } else {
      if (processed_ < marked_begin_) stop = std::min(stop, marked_begin_);
      compact_above(v_, processed_, stop, bound_, out);
    }
    processed_ = stop;
    count_ += out.count;
  }

  void drop_up_to_bound(Compacted& out) const {
    const std::size_t count = std::exchange(out.count, 0);
    for (std::size_t i = 0; i < count; ++i) {
      out.positions[out.count] = out.positions[i];
      out.values[out.count] = out.values[i];
      out.count += magnitude_of(out.values[i]) > bound_ ? 1 : 0;
    }
  }

  /// Restarts with a bound that judge() will check.
  void try_with(std::int32_t bound) {
    start(bound);
    check_pending_ = v_.size() >= sampled_size;
    ++tries_;
  }

  void check_bound() {
    check_pending_ = false;
    const double expected =
        static_cast<double>(k_) * static_cast<double>(processed_) / static_cast<double>(v_.size());
    const auto wanted = static_cast<std::size_t>(slack * expected) + 1;
    const bool too_few = static_cast<double>(count_) < 1.1 * expected;
    if (too_few && tries_ < most_tries) return try_with(part_of(bound_, 0.88F));
    if (count_ > wanted) raise_bound(keep_largest(wanted));
  }

  std::int32_t keep_largest(std::size_t k) {
    const std::int32_t smallest = gradwire::keep_largest(
        std::span(workspace_->positions).first(count_), std::span(workspace_->values).first(count_),
        k, lowest_, std::span(workspace_->scratch).first(count_));
    count_ = k;
    lowest_ = smallest - 1;
    return smallest;
  }

  /// Minimum number of entries scanned between two checks of the remaining capacity.
  static constexpr std::size_t shortest_stretch = 4096;

  std::span<const float> v_;
  std::size_t k_;
  std::size_t capacity_;
  std::int32_t bound_ = -1;    ///< entries appended from now on are above it
  std::int32_t lowest_ = -1;   ///< the present candidates are above it
  std::size_t processed_ = 0;  ///< entries of v processed
  std::size_t count_ = 0;
  bool check_pending_ = false;
  int tries_ = 0;  ///< bounds tried that derive from the previous selection
  std::unique_ptr<Workspace> workspace_;
  std::size_t marked_begin_ = 0;  ///< at the start of a word; from here to marked_end_, v is marked
  std::size_t marked_end_ = 0;
  std::size_t too_many_end_ = 0;  ///< marks before it are of a lower bound
};

void select_largest(std::span<const float> v, std::size_t k, std::uint32_t offset,
                    std::vector<std::uint32_t>& indices) {
  if (k == 0) return;
  SelectionGuess none;
  std::vector<float> values;
  LargestEntries(v, k, none).append(offset, indices, values);
}

LargestEntries::LargestEntries(std::span<const float> v, std::size_t k, SelectionGuess& guess)
    : v_(v), k_(k), guess_(&guess) {
  assert(k > 0 && k <= v.size());
  if (k == v.size()) return;
  candidates_ = std::make_unique<Candidates>(v, k);
  if (guess.smallest > 0) candidates_->start_near(guess.smallest);
}
LargestEntries::LargestEntries(LargestEntries&&) noexcept = default;
LargestEntries::~LargestEntries() = default;

void LargestEntries::written(std::size_t end) {
  if (candidates_ && guess_->smallest > 0) candidates_->process_up_to(end);
}

CandidateMask LargestEntries::marks(std::size_t begin) {
  const bool looks = candidates_ && guess_->smallest > 0;
  return looks ? candidates_->marks(begin) : CandidateMask{};
}

void LargestEntries::marked(std::size_t begin, std::size_t end) { candidates_->marked(begin, end); }

void LargestEntries::append(std::uint32_t offset, std::vector<std::uint32_t>& indices,
                            std::vector<float>& values) {
  const std::size_t before = indices.size();
  if (!candidates_) {
    values.insert(values.end(), v_.begin(), v_.end());
    indices.resize(before + k_);
    return std::iota(indices.end() - static_cast<std::ptrdiff_t>(k_), indices.end(), offset);
  }
  written(v_.size());
  for (const auto& bound : {likely_bound, lowest_bound}) {
    if (candidates_->has_enough()) break;
    candidates_->start(bound(v_, k_));
    candidates_->process_up_to(v_.size());
  }
  guess_->smallest = candidates_->keep_largest();
  const auto positions = candidates_->positions();
  indices.insert(indices.end(), positions.begin(), positions.end());
  if (offset != 0) {
    for (std::uint32_t& index : std::span(indices).subspan(before)) index += offset;
  }
  values.insert(values.end(), candidates_->values().begin(), candidates_->values().end());
}

}  // namespace gradwire
