#include "sim/core/largest.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <utility>

#include "sim/core/kth_largest.hpp"
#include "sim/core/take_large.hpp"
#include "sim/core/vector.hpp"

namespace gradwire {
namespace {

/// A word of marks.
constexpr std::size_t word = word_of_marks;

/// Shorter vectors are not sampled.
constexpr std::size_t sampled_size = 16384;

/// A bound that most likely has k or a few more magnitudes of v above it, from a sample whose
/// positions are strided with a jitter (a matrix's rows must not resonate); -1, below all, where
/// sampling does not pay. Costs time when it is wrong, never correctness.
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

/// Every magnitude is above it.
std::int32_t lowest_bound(std::span<const float> /*v*/, std::size_t /*k*/) { return -1; }

/// So much of a magnitude.
std::int32_t part_of(std::int32_t magnitude, float part) {
  return magnitude_of(part * std::bit_cast<float>(magnitude));
}

/// The memory of a selection. Goes from one to the next on the same thread, while it is warm.
struct Room {
  template <class T>
  using Buffer = std::vector<T, AlignedAllocator<T>>;

  static std::unique_ptr<Room> take() {
    if (idle.empty()) return std::make_unique<Room>();
    std::unique_ptr<Room> room = std::move(idle.back());
    idle.pop_back();
    return room;
  }
  static void give_back(std::unique_ptr<Room> room) { idle.push_back(std::move(room)); }

  Buffer<std::uint32_t> positions;
  Buffer<float> values;
  Buffer<std::int32_t> scratch;
  Buffer<std::uint64_t> marks;  ///< of all entries; made when asked for

 private:
  static thread_local std::vector<std::unique_ptr<Room>> idle;
};
thread_local std::vector<std::unique_ptr<Room>> Room::idle;

}  // namespace

/// Entries of v, ascending, that may belong to its k largest. When there is no more room, all but
/// the k largest so far leave; so they are few, and any data takes one pass.
class LargestEntries::Candidates {
 public:
  Candidates(std::span<const float> v, std::size_t k)
      : v_(v),
        k_(k),
        capacity_(std::min(v.size(), 3 * k + 4 * shortest_stretch)),
        room_(Room::take()) {
    room_->positions.resize(capacity_ + taken_together);
    room_->values.resize(capacity_ + taken_together);
    room_->scratch.resize(capacity_);
  }
  ~Candidates() { Room::give_back(std::move(room_)); }
  Candidates(const Candidates&) = delete;
  Candidates& operator=(const Candidates&) = delete;

  /// Begins anew, with those above `bound`.
  void start(std::int32_t bound) {
    bound_ = bound;
    marked_begin_ = words_of(marked_end_) * word;  // marks so far may be too few
    lowest_ = bound;
    seen_ = 0;
    count_ = 0;
    will_judge_ = false;
  }
  /// Begins anew, near where the last selection ended.
  void try_near(std::int32_t smallest) { try_with(part_of(smallest, 0.85F)); }

  /// Where to mark the entries from `begin` on; nowhere where they do not begin with a byte.
  Marks marks(std::size_t begin) {
    if (begin % 8 != 0) return {};
    room_->marks.resize(words_of(v_.size()));
    return {reinterpret_cast<std::uint8_t*>(room_->marks.data()) + begin / 8, bound_};
  }
  /// [begin, end) has been.
  void marked(std::size_t begin, std::size_t end) {
    if (begin != marked_end_) marked_begin_ = words_of(begin) * word;
    marked_end_ = end;
    const std::size_t rest = end % word;
    if (end == v_.size() && rest != 0) room_->marks[end / word] &= (std::uint64_t{1} << rest) - 1;
  }

  /// Looks at the entries before `end`, or at nearly all of them where more will come.
  void look_up_to(std::size_t end) {
    if (end < v_.size()) end = end / word * word;
    const auto n = static_cast<double>(v_.size());
    while (seen_ < end) {
      if (capacity_ - count_ < std::min(shortest_stretch, end - seen_)) {
        raise_bound(keep_largest());  // a later equal loses against those already here
      }
      const std::size_t room = capacity_ - count_;
      take(room >= end - seen_ ? end : seen_ + room / word * word);
      if (will_judge_ && static_cast<double>(seen_) >= judged * n) judge();
    }
  }

  /// Whether all of the k largest are here: false if the bound was too high.
  [[nodiscard]] bool enough() const { return count_ >= k_; }

  /// Drops all but the k largest, of equal ones the later; returns the smallest magnitude left.
  std::int32_t keep_largest() { return keep_largest(k_); }

  [[nodiscard]] std::span<const std::uint32_t> positions() const {
    return {room_->positions.data(), count_};
  }
  [[nodiscard]] std::span<const float> values() const { return {room_->values.data(), count_}; }

 private:
  /// When so much of the entries has been seen, those above the bound tell whether it is good: the
  /// entries of a tensor are in no order that matters here. So few are sorted out in the end, and a
  /// bound that would not give enough is noticed early.
  static constexpr double judged = 0.125;
  /// How many times those that are expected are kept.
  static constexpr double slack = 1.4;
  static constexpr int most_tries = 3;

  /// The marks so far are too many then.
  void raise_bound(std::int32_t bound) {
    bound_ = bound;
    too_many_end_ = marked_end_;
  }

  static std::size_t words_of(std::size_t entries) { return (entries + word - 1) / word; }

  /// What is above the bound, of the entries up to `stop` or of the first ones that can be taken in
  /// the same way: by their marks or by looking.
  void take(std::size_t stop) {
    const std::size_t marked_end =
        marked_end_ < v_.size() ? marked_end_ / word * word : marked_end_;
    Taken taken{room_->positions.data() + count_, room_->values.data() + count_};
    if (seen_ >= marked_begin_ && seen_ < marked_end) {
      stop = std::min(stop, marked_end);
      const auto marks = std::span<const std::uint64_t>(room_->marks).first(words_of(stop));
      take_marked(marks.subspan(seen_ / word), v_, seen_, taken);
      if (seen_ < too_many_end_) drop_up_to_bound(taken);
    } else {
      if (seen_ < marked_begin_) stop = std::min(stop, marked_begin_);
      take_above(v_, seen_, stop, bound_, taken);
    }
    seen_ = stop;
    count_ += taken.count;
  }

  void drop_up_to_bound(Taken& taken) const {
    const std::size_t count = std::exchange(taken.count, 0);
    for (std::size_t i = 0; i < count; ++i) {
      taken.positions[taken.count] = taken.positions[i];
      taken.values[taken.count] = taken.values[i];
      taken.count += magnitude_of(taken.values[i]) > bound_ ? 1 : 0;
    }
  }

  /// Begins anew, with a bound that will be judged.
  void try_with(std::int32_t bound) {
    start(bound);
    will_judge_ = v_.size() >= sampled_size;
    ++tries_;
  }

  void judge() {
    will_judge_ = false;
    const double expected =
        static_cast<double>(k_) * static_cast<double>(seen_) / static_cast<double>(v_.size());
    const auto wanted = static_cast<std::size_t>(slack * expected) + 1;
    const bool too_few = static_cast<double>(count_) < 1.1 * expected;
    if (too_few && tries_ < most_tries) return try_with(part_of(bound_, 0.88F));
    if (count_ > wanted) raise_bound(keep_largest(wanted));
  }

  std::int32_t keep_largest(std::size_t k) {
    const std::int32_t smallest = gradwire::keep_largest(
        std::span(room_->positions).first(count_), std::span(room_->values).first(count_), k,
        lowest_, std::span(room_->scratch).first(count_));
    count_ = k;
    lowest_ = smallest - 1;
    return smallest;
  }

  /// Entries scanned between two looks at the room left, at least.
  static constexpr std::size_t shortest_stretch = 4096;

  std::span<const float> v_;
  std::size_t k_;
  std::size_t capacity_;
  std::int32_t bound_ = -1;   ///< what will be taken is above it
  std::int32_t lowest_ = -1;  ///< what has been taken is
  std::size_t seen_ = 0;      ///< entries of v
  std::size_t count_ = 0;
  bool will_judge_ = false;
  int tries_ = 0;  ///< near where the last selection ended
  std::unique_ptr<Room> room_;
  std::size_t marked_begin_ = 0;  ///< where a word begins; marks of what is above the bound
  std::size_t marked_end_ = 0;
  std::size_t too_many_end_ = 0;  ///< marks before it are of a lower one
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
  if (guess.smallest > 0) candidates_->try_near(guess.smallest);
}
LargestEntries::LargestEntries(LargestEntries&&) noexcept = default;
LargestEntries::~LargestEntries() = default;

void LargestEntries::written(std::size_t end) {
  if (candidates_ && guess_->smallest > 0) candidates_->look_up_to(end);
}

Marks LargestEntries::marks(std::size_t begin) {
  const bool looks = candidates_ && guess_->smallest > 0;
  return looks ? candidates_->marks(begin) : Marks{};
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
    if (candidates_->enough()) break;
    candidates_->start(bound(v_, k_));
    candidates_->look_up_to(v_.size());
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
