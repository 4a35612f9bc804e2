#include "sim/protocols/all_reduce/collective.hpp"

#include <algorithm>
#include <bit>
#include <ranges>
#include <vector>

#include "sim/protocols/parameter_server/broadcast.hpp"

namespace gradwire::protocols {

PartRange part_of(PartRange all, std::int64_t index, std::int64_t count) {
  const std::int64_t least = all.size() / count;
  const std::int64_t larger = all.size() % count;
  const std::int64_t begin = all.begin + index * least + std::min(index, larger);
  return {begin, begin + least + (index < larger ? 1 : 0)};
}

namespace {

/// As few pieces as the limit allows; at least one.
std::int64_t pieces_of(const SummedVector& summed) {
  const std::int64_t size = summed.entries.size(), most = summed.most_per_piece;
  return most == 0 ? 1 : std::max<std::int64_t>(1, (size + most - 1) / most);
}

int modulo(int a, int n) { return (a % n + n) % n; }

/// Nodes that take part in a phase, as numbers 0 .. count-1 of their own.
struct Members {
  int first = 0;
  int stride = 1;
  int count = 1;
  [[nodiscard]] int node(int member) const { return first + member * stride; }
};

/// `part(c)`: the c-th of `members.count` parts.
template <class Part>
void ring_gather(const Members& members, int me, int shift, const Part& part,
                 const VisitStep& visit) {
  const int p = members.count;
  for (int s = 0; s < p - 1; ++s) {
    visit({.to = members.node(modulo(me + 1, p)),
           .sent = part(modulo(me + shift - s, p)),
           .from = members.node(modulo(me - 1, p)),
           .received = part(modulo(me + shift - s - 1, p))});
  }
}

/// Reduce-scatter, then all-gather.
void ring_reduce(const Members& members, int me, PartRange all, const VisitStep& visit) {
  const int p = members.count;
  const auto chunk = [&](int c) { return part_of(all, c, p); };
  for (int s = 0; s < p - 1; ++s) {
    visit({.to = members.node(modulo(me + 1, p)),
           .sent = chunk(modulo(me - s, p)),
           .from = members.node(modulo(me - 1, p)),
           .received = chunk(modulo(me - s - 1, p)),
           .adds = true});
  }
  ring_gather(members, me, 1, chunk, visit);
}

/// Member 0's subtree of a member in a binomial tree: [member, member + size).
int subtree(int member, int count) {
  const int below = member == 0 ? count : member & -member;
  return std::min(below, count - member);
}

int parent_of(int member) { return member & (member - 1); }

/// To member 0. `subtree_part(m)`: what member m has of its subtree, and sends.
template <class Part>
void up_the_tree(const Members& members, int me, bool adds, const Part& subtree_part,
                 const VisitStep& visit) {
  const std::vector<int> children = children_of(me, members.count);
  for (const int child : children | std::views::reverse) {  // the smallest subtree is ready first
    visit({.from = members.node(child), .received = subtree_part(child), .adds = adds});
  }
  if (me != 0) visit({.to = members.node(parent_of(me)), .sent = subtree_part(me)});
}

void down_the_tree(const Members& members, int me, PartRange all, const VisitStep& visit) {
  if (me != 0) visit({.from = members.node(parent_of(me)), .received = all});
  for (const int child : children_of(me, members.count)) {
    visit({.to = members.node(child), .sent = all});
  }
}

/// A power of two of ranks; where there are more nodes, the first `pairs` ranks stand for two nodes
/// each: 2 rank, which hands its part to 2 rank + 1 before and gets the result after.
struct Ranks {
  int count;
  int pairs;
  explicit Ranks(int nodes)
      : count(static_cast<int>(std::bit_floor(static_cast<unsigned>(nodes)))),
        pairs(nodes - count) {}
  [[nodiscard]] int node(int rank) const { return rank < pairs ? 2 * rank + 1 : rank + pairs; }
  [[nodiscard]] bool is_idle(int node) const { return node < 2 * pairs && node % 2 == 0; }
  [[nodiscard]] int rank(int node) const { return node < 2 * pairs ? node / 2 : node - pairs; }
  /// The nodes for which a rank stands.
  [[nodiscard]] PartRange nodes_of(int rank) const {
    if (rank < pairs) return {2 * rank, 2 * rank + 2};
    return {rank + pairs, rank + pairs + 1};
  }
};

/// All pieces up the tree, `between`, then all pieces down.
template <class Between>
void tree_reduce(const Members& members, int me, const SummedVector& summed, const VisitStep& visit,
                 const Between& between) {
  const std::int64_t pieces = pieces_of(summed);
  for (std::int64_t p = 0; p < pieces; ++p) {
    const PartRange piece = part_of(summed.entries, p, pieces);
    up_the_tree(
        members, me, true, [&](int) { return piece; }, visit);
  }
  between();
  for (std::int64_t p = 0; p < pieces; ++p) {
    down_the_tree(members, me, part_of(summed.entries, p, pieces), visit);
  }
}

void halving_doubling_reduce(int node, int nodes, PartRange all, const VisitStep& visit) {
  const Ranks ranks(nodes);
  if (ranks.is_idle(node)) {
    visit({.to = node + 1, .sent = all});
    visit({.from = node + 1, .received = all});
    return;
  }
  const int me = ranks.rank(node);
  if (me < ranks.pairs) visit({.from = node - 1, .received = all, .adds = true});
  std::vector<CollectiveStep> doubling;  // the halving steps backwards
  PartRange mine = all;
  for (int mask = ranks.count / 2; mask > 0; mask /= 2) {
    const bool keeps_first = (me & mask) == 0;
    const PartRange kept = part_of(mine, keeps_first ? 0 : 1, 2);
    const PartRange given = part_of(mine, keeps_first ? 1 : 0, 2);
    const int partner = ranks.node(me ^ mask);
    visit({.to = partner, .sent = given, .from = partner, .received = kept, .adds = true});
    doubling.push_back({.to = partner, .sent = kept, .from = partner, .received = given});
    mine = kept;
  }
  for (const CollectiveStep& step : doubling | std::views::reverse) visit(step);
  if (me < ranks.pairs) visit({.to = node - 1, .sent = all});
}

void doubling_gather(int node, int nodes, const VisitStep& visit) {
  const Ranks ranks(nodes);
  const PartRange all{0, nodes};
  if (ranks.is_idle(node)) {
    visit({.to = node + 1, .sent = {node, node + 1}});
    visit({.from = node + 1, .received = all});
    return;
  }
  const int me = ranks.rank(node);
  if (me < ranks.pairs) visit({.from = node - 1, .received = {node - 1, node}});
  const auto blocks_of = [&](int rank, int size) {
    const int first = rank / size * size;
    return PartRange{ranks.nodes_of(first).begin, ranks.nodes_of(first + size - 1).end};
  };
  for (int mask = 1; mask < ranks.count; mask *= 2) {
    const int partner = me ^ mask;
    visit({.to = ranks.node(partner),
           .sent = blocks_of(me, mask),
           .from = ranks.node(partner),
           .received = blocks_of(partner, mask)});
  }
  if (me < ranks.pairs) visit({.to = node - 1, .sent = all});
}

/// The group of a node, and the groups' first nodes.
struct Groups {
  Members group;
  Members heads;
  int number;  ///< of the group
  int member;  ///< of the node in its group
  Groups(int size, int node, int nodes)
      : group{.first = node / size * size, .count = std::min(size, nodes - node / size * size)},
        heads{.stride = size, .count = (nodes + size - 1) / size},
        number(node / size),
        member(node % size) {}
};

void two_level_reduce(int group_size, const SummedVector& summed, int node, int nodes,
                      const VisitStep& visit) {
  const Groups groups(group_size, node, nodes);
  tree_reduce(groups.group, groups.member, summed, visit, [&] {
    if (groups.member == 0) ring_reduce(groups.heads, groups.number, summed.entries, visit);
  });
}

void two_level_gather(int group_size, int node, int nodes, const VisitStep& visit) {
  const Groups groups(group_size, node, nodes);
  const auto of_subtree = [&](int member) {
    const int first = groups.group.node(member);
    return PartRange{first, first + subtree(member, groups.group.count)};
  };
  const auto of_group = [&](int group) {
    return PartRange{group * group_size, std::min((group + 1) * group_size, nodes)};
  };
  up_the_tree(groups.group, groups.member, false, of_subtree, visit);
  if (groups.member == 0) ring_gather(groups.heads, groups.number, 0, of_group, visit);
  down_the_tree(groups.group, groups.member, {0, nodes}, visit);
}

}  // namespace

void all_reduce_steps(const CollectiveConfig& config, const SummedVector& summed, int node,
                      int nodes, const VisitStep& visit) {
  const Members everyone{.count = nodes};
  switch (config.kind) {
    case CollectiveKind::ring:
      return ring_reduce(everyone, node, summed.entries, visit);
    case CollectiveKind::tree:
      return tree_reduce(everyone, node, summed, visit, [] {});
    case CollectiveKind::halving_doubling:
      return halving_doubling_reduce(node, nodes, summed.entries, visit);
    case CollectiveKind::two_level:
      return two_level_reduce(config.group_size.value(), summed, node, nodes, visit);
  }
}

void all_gather_steps(const CollectiveConfig& config, int node, int nodes, const VisitStep& visit) {
  const Members everyone{.count = nodes};
  const auto block = [](int b) { return PartRange{b, b + 1}; };
  const auto of_subtree = [&](int member) {
    return PartRange{member, member + subtree(member, nodes)};
  };
  switch (config.kind) {
    case CollectiveKind::ring:
      return ring_gather(everyone, node, 0, block, visit);
    case CollectiveKind::tree:
      up_the_tree(everyone, node, false, of_subtree, visit);
      return down_the_tree(everyone, node, {0, nodes}, visit);
    case CollectiveKind::halving_doubling:
      return doubling_gather(node, nodes, visit);
    case CollectiveKind::two_level:
      return two_level_gather(config.group_size.value(), node, nodes, visit);
  }
}

}  // namespace gradwire::protocols
