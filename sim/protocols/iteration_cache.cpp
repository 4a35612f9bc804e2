#include "sim/protocols/iteration_cache.hpp"

#include <bit>
#include <cstdint>

namespace gradwire::protocols {

const cost::IterationTiming* IterationCache::find(const cost::IterationLoad& load) const {
  const auto found = known_.find(load);
  return found == known_.end() ? nullptr : &found->second;
}

void IterationCache::add(const cost::IterationLoad& load, const cost::IterationTiming& timing) {
  const std::size_t workers = load.workers.size();
  if (workers_ + workers > most_workers) return;
  workers_ += workers;
  known_.emplace(load, timing);
}

std::size_t IterationCache::Hash::operator()(const cost::IterationLoad& load) const {
  std::uint64_t hash = static_cast<std::uint64_t>(load.model.value);
  const auto mix = [&hash](std::uint64_t value) {  // as the finaliser of splitmix64
    hash = (hash ^ value) * 0x9e3779b97f4a7c15;
    hash ^= hash >> 32;
  };
  for (const cost::WorkerLoad& worker : load.workers) {
    mix(std::bit_cast<std::uint64_t>(worker.compute.value));
    mix(std::bit_cast<std::uint64_t>(worker.auxiliary.value));
    mix(static_cast<std::uint64_t>(worker.upload.value) << 1 | (worker.takes_part ? 1 : 0));
    if (worker.download) mix(static_cast<std::uint64_t>(worker.download->value));
    for (const Bytes slice : worker.slices) mix(static_cast<std::uint64_t>(slice.value));
  }
  return hash;
}

}  // namespace gradwire::protocols
