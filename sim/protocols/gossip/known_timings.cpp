#include "sim/protocols/gossip/known_timings.hpp"

#include <bit>
#include <cstdint>

namespace gradwire::protocols {

const cost::IterationTiming* KnownTimings::find(const cost::GossipLoad& load) const {
  const auto found = known_.find(load);
  return found == known_.end() ? nullptr : &found->second;
}

void KnownTimings::add(const cost::GossipLoad& load, const cost::IterationTiming& timing) {
  const std::size_t entries = load.nodes.size() + load.edges.size();
  if (entries_ + entries > most_entries) return;
  entries_ += entries;
  known_.emplace(load, timing);
}

std::size_t KnownTimings::Hash::operator()(const cost::GossipLoad& load) const {
  std::uint64_t hash = load.nodes.size();
  const auto mix = [&hash](std::uint64_t value) {  // as the finaliser of splitmix64
    hash = (hash ^ value) * 0x9e3779b97f4a7c15;
    hash ^= hash >> 32;
  };
  for (const cost::NodeLoad& node : load.nodes) {
    for (const Flops part : {node.gradient, node.coding, node.mixing}) {
      mix(std::bit_cast<std::uint64_t>(part.value));
    }
  }
  for (const cost::EdgeLoad& edge : load.edges) {
    mix(std::uint64_t{static_cast<std::uint32_t>(edge.from)} << 32 |
        static_cast<std::uint32_t>(edge.to));
    mix(static_cast<std::uint64_t>(edge.size.value));
  }
  return hash;
}

}  // namespace gradwire::protocols
