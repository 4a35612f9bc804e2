#include "sim/algorithms/wire/vector_source_code.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sim/algorithms/wire/golomb.hpp"
#include "sim/algorithms/wire/level_blocks.hpp"
#include "sim/algorithms/wire/level_code.hpp"
#include "sim/algorithms/wire/level_counts.hpp"

namespace gradwire::algorithms {
namespace {

/// The levels that occur, by rank: in the order in which their supports are coded.
class Ranking {
 public:
  /// counts: [2 s + 1], of each level of -s .. s
  explicit Ranking(std::span<const std::uint32_t> counts)
      : s_(static_cast<int>(counts.size() / 2)), before_{0} {
    for (std::size_t i = 0; i < counts.size(); ++i) {
      if (counts[i] > 0) levels_.push_back(static_cast<std::int16_t>(static_cast<int>(i) - s_));
    }
    const auto count_of = [&](std::int16_t level) { return counts[index(level)]; };
    std::ranges::stable_sort(levels_, std::ranges::greater{}, count_of);
    for (const std::int16_t level : levels_) before_.push_back(before_.back() + count_of(level));
  }

  [[nodiscard]] std::size_t size() const { return levels_.size(); }
  [[nodiscard]] std::int16_t level(std::size_t rank) const { return levels_[rank]; }
  [[nodiscard]] std::uint32_t count(std::size_t rank) const {
    return before_[rank + 1] - before_[rank];
  }
  /// Number of entries of lower ranks.
  [[nodiscard]] std::uint32_t before(std::size_t rank) const { return before_[rank]; }
  /// Number of positions left when the support of the rank is coded.
  [[nodiscard]] std::uint32_t left(std::size_t rank) const { return before_.back() - before(rank); }
  [[nodiscard]] bool fills_more_than_half(std::size_t rank) const {
    return count(rank) > left(rank) - count(rank);
  }
  /// Cuts the ranks [first, last), at least two, into [first, cut) and [cut, last), so that both
  /// have about as many entries.
  [[nodiscard]] std::size_t cut(std::size_t first, std::size_t last) const {
    const auto half = before_[first] + (before_[last] - before_[first]) / 2;
    const auto begin = before_.begin();
    const auto at = std::lower_bound(begin + static_cast<std::ptrdiff_t>(first) + 1,
                                     begin + static_cast<std::ptrdiff_t>(last) - 1, half);
    return static_cast<std::size_t>(at - begin);
  }
  /// The rank of each level that occurs: [level + s].
  [[nodiscard]] std::vector<std::uint16_t> rank_of_level() const {
    std::vector<std::uint16_t> ranks(2 * static_cast<std::size_t>(s_) + 1);
    for (std::size_t rank = 0; rank < size(); ++rank) {
      ranks[index(levels_[rank])] = static_cast<std::uint16_t>(rank);
    }
    return ranks;
  }
  [[nodiscard]] std::size_t index(std::int16_t level) const {
    return static_cast<std::size_t>(level + s_);
  }

 private:
  int s_;
  std::vector<std::int16_t> levels_;   ///< [size()]
  std::vector<std::uint32_t> before_;  ///< [size() + 1]
};

/// Golomb code of the gaps between the rarer ones of the positions left.
class RunCode {
 public:
  RunCode(const Ranking& ranking, std::size_t rank)
      : rarer_(ranking.fills_more_than_half(rank) ? ranking.left(rank) - ranking.count(rank)
                                                  : ranking.count(rank)),
        others_(ranking.left(rank) - rarer_),
        m_(parameter(static_cast<double>(rarer_) / ranking.left(rank))) {}

  [[nodiscard]] std::uint32_t rarer() const { return rarer_; }
  [[nodiscard]] std::uint32_t others() const { return others_; }

  /// Bits of the gaps.   others_before: for each of the rarer entries, the number of others before
  /// it
  [[nodiscard]] std::int64_t bits(std::span<const std::uint32_t> others_before) const {
    const auto c = static_cast<int>(std::bit_width(m_ - 1));
    const auto shorter = static_cast<std::uint32_t>((std::uint64_t{1} << c) - m_);
    const std::int64_t longest = static_cast<std::int64_t>(others_before.size()) * (1 + c);
    if (m_ == 1) return longest + others_before.back();
    return longest + (others_ < exact_quotients ? beyond_c<float>(others_before, shorter)
                                                : beyond_c<double>(others_before, shorter));
  }
  void write(BitWriter& writer, std::span<const std::uint32_t> others_before) const {
    std::uint32_t last = 0;
    for (const std::uint32_t before : others_before) {
      const std::uint32_t gap = before - std::exchange(last, before);
      for (std::uint32_t quotient = gap / m_; quotient > 0; --quotient) writer.write(1, 1);
      writer.write(0, 1);
      write_remainder(writer, gap % m_, m_);
    }
  }
  /// Throws InputError for a gap above `most`.
  [[nodiscard]] std::uint32_t read(BitReader& reader, std::uint32_t most) const {
    std::uint64_t gap = 0;
    for (; gap <= most && reader.read(1) == 1; gap += m_) {
    }
    if (gap <= most) gap += read_remainder(reader, m_);
    if (gap > most) {
      reader.fail("a run of more than " + std::to_string(most) + " entries, all that are left");
    }
    return static_cast<std::uint32_t>(gap);
  }

 private:
  /// Quotients of whole numbers below this are exact in single precision after rounding down, since
  /// none is nearer than 1/m to the next whole number.
  static constexpr std::uint32_t exact_quotients = 1U << 23;

  /// Sum of the quotients, less the number of remainders below `shorter`. (Division of whole
  /// numbers is several times slower.)
  template <class Real>
  [[nodiscard]] std::int64_t beyond_c(std::span<const std::uint32_t> others_before,
                                      std::uint32_t shorter) const {
    const auto m = static_cast<Real>(m_), limit = static_cast<Real>(shorter);
    const std::uint32_t* const before = others_before.data();
    const auto excess = [m, limit](std::uint32_t whole) {
      const auto gap = static_cast<Real>(static_cast<std::int32_t>(whole));
      const auto quotient = static_cast<std::int32_t>(gap / m);
      return quotient - (gap - static_cast<Real>(quotient) * m < limit ? 1 : 0);
    };
    std::int32_t sum = excess(before[0]);  // the quotients add up to others_ / m at most
    for (std::size_t i = 1; i < others_before.size(); ++i) sum += excess(before[i] - before[i - 1]);
    return sum;
  }

  static std::uint32_t parameter(double p) {
    return static_cast<std::uint32_t>(std::max(1.0, std::ceil(std::log(2 - p) / -std::log1p(-p))));
  }

  std::uint32_t rarer_, others_;
  std::uint32_t m_;
};

template <class T>
std::unique_ptr<T[]> uninitialized(std::size_t n) {
  return std::make_unique_for_overwrite<T[]>(n);
}

/// Finds the gaps of all supports of a message.
///
/// A pass over the positions left per level would cost d times the number of levels. So the ranks
/// are cut in two, of about as many entries each, and these again: an entry of the lower ranks
/// needs only the number of entries of the higher ranks before it, and each part needs its own
/// entries alone. The cost is about d times the entropy per entry. A level that fills more than
/// half of the positions left is dropped in one pass, which skips blocks of it.
///
/// Entries are distributed without branches: each is stored in both places where it may belong, of
/// which the next one overwrites the wrong one. So arrays have room for one entry more.
class Supports {
 public:
  Supports(const Ranking& ranking, std::span<const std::int16_t> levels)
      : ranking_(ranking),
        rest_(levels),
        buffer_(uninitialized<std::int16_t>(buffer_size(ranking, levels.size()))),
        before_(uninitialized<std::uint32_t>(buffer_size(ranking, levels.size()))) {}

  /// Calls visit(code, others_before) for each rank but the last, in ascending order.
  template <class Visit>
  void visit_all(const Visit& visit) {
    for (std::size_t rank = 0; rank + 1 < ranking_.size();) {
      if (ranking_.fills_more_than_half(rank)) {
        drop(rank, visit);
        ++rank;
      } else {
        rank = split_off(rank, visit);
      }
    }
  }

 private:
  /// Entries of some ranks, in their order: their ranks, and the number of entries of higher ranks
  /// before each, of those considered so far.
  struct Part {
    std::uint16_t* ranks;
    std::uint32_t* before;
    std::size_t size;
  };

  /// For the entries of all ranks, or of all but the first if that is dropped.
  static std::size_t buffer_size(const Ranking& ranking, std::size_t d) {
    const bool drops = ranking.size() > 0 && ranking.fills_more_than_half(0);
    return 1 + (drops ? d - ranking.count(0) : d);
  }

  /// Codes the gaps of the entries of higher ranks, and keeps these.
  template <class Visit>
  void drop(std::size_t rank, const Visit& visit) {
    const std::int16_t usual = ranking_.level(rank);
    const std::int16_t* const levels = rest_.data();
    std::int16_t* const kept = buffer_.get();
    std::uint32_t* const before = before_.get();
    std::size_t n = 0, i = 0;
    const auto take = [&] {
      const std::int16_t level = levels[i];
      kept[n] = level;
      before[n] = static_cast<std::uint32_t>(i - n);
      n += level != usual ? 1 : 0;
    };
    while (i + level_block <= rest_.size()) {
      if (are_all(levels + i, usual)) {
        i += level_block;
      } else {
        for (const std::size_t end = i + level_block; i < end; ++i) take();
      }
    }
    for (; i < rest_.size(); ++i) take();
    rest_ = {kept, n};
    visit(RunCode(ranking_, rank), std::span<const std::uint32_t>(before, n));
  }

  /// Codes the supports of as many ranks from `first` on as fill at most half of the positions
  /// left together, and drops them. None of them fills more than half when its turn comes. Returns
  /// the rank after them.
  template <class Visit>
  std::size_t split_off(std::size_t first, const Visit& visit) {
    std::size_t last = first + 1;
    while (2 * std::uint64_t{ranking_.before(last + 1) - ranking_.before(first)} <= rest_.size()) {
      ++last;
    }
    allocate();
    const std::uint16_t* const rank_of = rank_of_level_.data() + ranking_.index(0);
    const std::int16_t* const levels = rest_.data();
    std::int16_t* const higher = buffer_.get();
    const Part lower{ranks_.get(), before_.get(), ranking_.before(last) - ranking_.before(first)};
    std::size_t n = 0;
    for (std::size_t i = 0; i < rest_.size(); ++i) {
      const std::int16_t level = levels[i];
      const std::uint16_t rank = rank_of[level];
      lower.ranks[n] = rank;
      lower.before[n] = static_cast<std::uint32_t>(i - n);
      higher[i - n] = level;
      n += rank < last ? 1 : 0;
    }
    rest_ = {higher, rest_.size() - n};
    descend(lower, first, last, visit);
    return last;
  }

  /// part: the entries of ranks [first, last)
  template <class Visit>
  void descend(Part part, std::size_t first, std::size_t last, const Visit& visit) {
    if (last - first == 1) {
      return visit(RunCode(ranking_, first),
                   std::span<const std::uint32_t>(part.before, part.size));
    }
    const std::size_t cut = ranking_.cut(first, last);
    std::uint16_t* const other_ranks = other_ranks_.get();
    std::uint32_t* const other_before = other_before_.get();
    std::size_t n = 0;
    for (std::size_t i = 0; i < part.size; ++i) {
      const std::uint16_t rank = part.ranks[i];
      const std::uint32_t before = part.before[i];
      const std::size_t higher = i - n;
      other_ranks[higher] = rank;
      other_before[higher] = before;
      part.ranks[n] = rank;
      part.before[n] = before + static_cast<std::uint32_t>(higher);
      n += rank < cut ? 1 : 0;
    }
    const Part higher{part.ranks + n, part.before + n, part.size - n};
    std::copy_n(other_ranks, higher.size, higher.ranks);
    std::copy_n(other_before, higher.size, higher.before);
    descend({part.ranks, part.before, n}, first, cut, visit);
    descend(higher, cut, last, visit);
  }

  /// What only split_off() needs, for all entries that are left.
  void allocate() {
    if (!rank_of_level_.empty()) return;
    const std::size_t size = rest_.size() + 1;
    rank_of_level_ = ranking_.rank_of_level();
    ranks_ = uninitialized<std::uint16_t>(size);
    other_ranks_ = uninitialized<std::uint16_t>(size);
    other_before_ = uninitialized<std::uint32_t>(size);
  }

  const Ranking& ranking_;
  std::span<const std::int16_t> rest_;       ///< levels of the positions left
  std::unique_ptr<std::int16_t[]> buffer_;   ///< of rest_, once entries were dropped
  std::unique_ptr<std::uint32_t[]> before_;  ///< of the rarer entries, or those of lower ranks
  std::vector<std::uint16_t> rank_of_level_;
  std::unique_ptr<std::uint16_t[]> ranks_, other_ranks_;
  std::unique_ptr<std::uint32_t[]> other_before_;
};

/// Calls visit(count) for each level of the alphabet in ascending order, those that do not occur
/// included.   counts: [2 s + 1]
template <class Counts, class Visit>
void visit_counts(LevelAlphabet alphabet, Counts& counts, const Visit& visit) {
  for (std::size_t i = 0; i < counts.size(); i += static_cast<std::size_t>(alphabet.step())) {
    visit(counts[i]);
  }
}

std::vector<std::uint32_t> read_counts(BitReader& reader, LevelAlphabet alphabet, std::size_t d) {
  std::vector<std::uint32_t> counts(2 * static_cast<std::size_t>(alphabet.s) + 1);
  std::size_t left = d;
  visit_counts(alphabet, counts, [&](std::uint32_t& count) {
    count = read_omega(reader) - 1;
    if (count > left) {
      reader.fail("the levels are of more than " + std::to_string(d) + " entries");
    }
    left -= count;
  });
  if (left > 0) reader.fail("expected the levels of " + std::to_string(left) + " more entries");
  return counts;
}

/// An entry that is read.
struct Ranked {
  std::uint32_t rank;
  std::uint32_t higher;  ///< number of entries of higher ranks before it, of those not merged yet
};

/// Reads the support of a rank that is not the last.   entries: [ranking.count(rank)]
void read_support(BitReader& reader, const Ranking& ranking, std::size_t rank,
                  std::span<Ranked> entries) {
  const RunCode code(ranking, rank);
  const auto number = static_cast<std::uint32_t>(rank);
  std::uint32_t left = code.others();
  if (!ranking.fills_more_than_half(rank)) {
    for (Ranked& entry : entries) {
      left -= code.read(reader, left);
      entry = {number, code.others() - left};
    }
    return;
  }
  std::size_t next = 0;
  for (std::uint32_t i = 0; i < code.rarer(); ++i) {
    const std::uint32_t gap = code.read(reader, left);
    std::fill_n(entries.begin() + static_cast<std::ptrdiff_t>(next), gap, Ranked{number, i});
    left -= gap;
    next += gap;
  }
  std::ranges::fill(entries.subspan(next), Ranked{number, code.rarer()});
}

/// The inverse of Supports::descend(): merges the entries of the ranks [first, last), each with the
/// number of entries of higher ranks before it, into the order of the message.
void merge(const Ranking& ranking, std::span<Ranked> entries, std::size_t first, std::size_t last) {
  if (last - first < 2) return;
  const std::size_t cut = ranking.cut(first, last);
  const std::size_t lower = ranking.before(cut) - ranking.before(first);
  merge(ranking, entries.first(lower), first, cut);
  merge(ranking, entries.subspan(lower), cut, last);
  std::vector<Ranked> merged;
  merged.reserve(entries.size());
  std::uint32_t passed = 0;  // of the higher ranks
  auto next = entries.begin();
  const auto end = next + static_cast<std::ptrdiff_t>(lower);
  for (const Ranked& entry : entries.subspan(lower)) {
    for (; next != end && next->higher <= entry.higher + passed; ++next) {
      merged.push_back({next->rank, next->higher - passed});
    }
    merged.push_back(entry);
    ++passed;
  }
  for (; next != end; ++next) merged.push_back({next->rank, next->higher - passed});
  std::ranges::copy(merged, entries.begin());
}

}  // namespace

void write_vector_source(BitWriter& writer, LevelAlphabet alphabet,
                         std::span<const std::int16_t> levels) {
  if (levels.empty()) return;
  const std::vector<std::uint32_t> counts = level_counts(levels, alphabet.s);
  visit_counts(alphabet, counts, [&](std::uint32_t count) { write_omega(writer, count + 1); });
  const Ranking ranking(counts);
  Supports(ranking, levels)
      .visit_all([&](const RunCode& code, std::span<const std::uint32_t> others_before) {
        code.write(writer, others_before);
      });
}

std::int64_t vector_source_bits(LevelAlphabet alphabet, std::span<const std::int16_t> levels,
                                std::span<const std::uint32_t> counts) {
  if (levels.empty()) return 0;
  std::int64_t bits = 0;
  visit_counts(alphabet, counts,
               [&](std::uint32_t count) { bits += omega_bits(std::uint64_t{count} + 1); });
  const Ranking ranking(counts);
  Supports(ranking, levels)
      .visit_all([&](const RunCode& code, std::span<const std::uint32_t> others_before) {
        bits += code.bits(others_before);
      });
  return bits;
}

void read_vector_source(BitReader& reader, LevelAlphabet alphabet, std::span<std::int16_t> levels) {
  if (levels.empty()) return;
  const Ranking ranking(read_counts(reader, alphabet, levels.size()));
  std::vector<Ranked> entries(levels.size());
  for (std::size_t rank = 0; rank < ranking.size(); ++rank) {
    const auto support = std::span(entries).subspan(ranking.before(rank), ranking.count(rank));
    if (rank + 1 < ranking.size()) {
      read_support(reader, ranking, rank, support);
    } else {
      std::ranges::fill(support, Ranked{static_cast<std::uint32_t>(rank), 0});
    }
  }
  merge(ranking, entries, 0, ranking.size());
  for (std::size_t i = 0; i < levels.size(); ++i) levels[i] = ranking.level(entries[i].rank);
}

}  // namespace gradwire::algorithms
