#include "sim/actors/repetition.hpp"

#include <bit>

namespace gradwire::actors {

std::size_t Repetition::Hash::operator()(const IterationLoad& load) const {
  std::uint64_t hash = static_cast<std::uint64_t>(load.model.value);
  const auto mix = [&hash](std::uint64_t value) {  // splitmix64's finish
    hash = (hash ^ value) * 0x9e3779b97f4a7c15;
    hash ^= hash >> 32;
  };
  for (const WorkerLoad& worker : load.workers) {
    mix(std::bit_cast<std::uint64_t>(worker.compute.value));
    mix(std::bit_cast<std::uint64_t>(worker.auxiliary.value));
    mix(static_cast<std::uint64_t>(worker.upload.value));
  }
  return hash;
}

}  // namespace gradwire::actors
