#include "sim/protocols/all_reduce/collective_load.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/core/error.hpp"

namespace gradwire::protocols {
namespace {

/// Bits of the entries before `entry`. Sums over adjacent ranges are exact.
std::int64_t bits_before(std::int64_t entry, const cost::SummedUploads& summed) {
  const std::int64_t each = summed.size.value / summed.entries;
  const std::int64_t rest = summed.size.value % summed.entries;
  return entry * each + entry * rest / summed.entries;
}

}  // namespace

CollectiveLoad::CollectiveLoad(const ProtocolConfig& protocol, const cost::IterationLoad& load)
    : protocol_(protocol), load_(load), nodes_(static_cast<int>(load.workers.size())) {
  if (!load.summed) {
    blocks_before_.assign(1, Bytes{});
    for (const cost::WorkerLoad& worker : load.workers) {
      blocks_before_.push_back(blocks_before_.back() + worker.upload - load.header);
    }
  }
  if (protocol.chunk_bytes > 0 && nodes_ > 1) check_pieces();
}

void CollectiveLoad::check_pieces() const {
  const std::int64_t longest = longest_body().value;
  if (longest <= most_pieces * protocol_.chunk_bytes) return;
  throw InputError(
      "protocol.chunk_bytes",
      fmt::format("must be 0 or at least {}, so that a message of {} bytes has at most "
                  "{} pieces, got {}",
                  (longest + most_pieces - 1) / most_pieces, longest, most_pieces,
                  protocol_.chunk_bytes));
}

/// Of the largest message of a collective: all of it, except where nodes exchange parts.
Bytes CollectiveLoad::longest_body() const {
  const bool is_ring = protocol_.collective.kind == CollectiveKind::ring;
  if (load_.summed) {
    const PartRange bucket = part_of({0, load_.summed->entries}, 0, collectives());
    const bool halves = protocol_.collective.kind == CollectiveKind::halving_doubling;
    return body(part_of(bucket, 0, is_ring ? nodes_ : halves ? 2 : 1));
  }
  if (!is_ring) return body({0, nodes_});
  Bytes longest;
  for (std::int64_t node = 0; node < nodes_; ++node) {
    longest = std::max(longest, body({node, node + 1}));
  }
  return longest;
}

int CollectiveLoad::collectives() const { return load_.summed ? protocol_.buckets : 1; }

void CollectiveLoad::each_step(int collective, int node, const VisitStep& visit) const {
  if (!load_.summed) return all_gather_steps(protocol_.collective, node, nodes_, visit);
  const PartRange bucket = part_of({0, load_.summed->entries}, collective, collectives());
  if (collectives() > 1 && bucket.size() == 0) return;  // more buckets than entries
  all_reduce_steps(protocol_.collective, {.entries = bucket, .most_per_piece = most_per_piece()},
                   node, nodes_, visit);
}

std::int64_t CollectiveLoad::most_per_piece() const {
  if (protocol_.chunk_bytes == 0 || load_.summed->entries == 0) return 0;
  const double bits =
      static_cast<double>(load_.summed->size.value) / static_cast<double>(load_.summed->entries);
  const double entries = 8.0 * static_cast<double>(protocol_.chunk_bytes) / std::max(bits, 1.0);
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(entries));
}

int CollectiveLoad::pieces(PartRange range) const {
  if (protocol_.chunk_bytes == 0) return 1;
  const std::int64_t most = protocol_.chunk_bytes;
  return static_cast<int>(std::max<std::int64_t>(1, (body(range).value + most - 1) / most));
}

Bytes CollectiveLoad::size(PartRange range, int piece, int pieces) const {
  const std::int64_t all = body(range).value;
  const std::int64_t least = all / pieces, larger = all % pieces;
  return load_.header + Bytes{least + (piece < larger ? 1 : 0)};
}

Flops CollectiveLoad::adding(const CollectiveStep& step, int pieces) const {
  if (!step.adds || !load_.summed) return {};
  const double entries = static_cast<double>(step.received.size()) / pieces;
  return {entries * load_.summed->per_added_entry.value};
}

Bytes CollectiveLoad::body(PartRange range) const {
  if (!load_.summed) {
    return blocks_before_[static_cast<std::size_t>(range.end)] -
           blocks_before_[static_cast<std::size_t>(range.begin)];
  }
  if (load_.summed->entries == 0) return {};
  return bytes_for(
      {bits_before(range.end, *load_.summed) - bits_before(range.begin, *load_.summed)});
}

}  // namespace gradwire::protocols
