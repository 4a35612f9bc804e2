#pragma once

#include <cstddef>
#include <vector>

namespace gradwire {

/// The entries [begin, end) of a model.
struct Stretch {
  std::size_t begin = 0;
  std::size_t end = 0;
  [[nodiscard]] std::size_t size() const { return end - begin; }
  friend bool operator==(const Stretch&, const Stretch&) = default;
};

/// The stretches of a model of d entries that the shards of a server hold (D62): in order, of
/// lengths that differ by at most 1. With fewer entries than shards some are empty.
[[nodiscard]] inline std::vector<Stretch> stretches_of(std::size_t d, int shards) {
  const auto count = static_cast<std::size_t>(shards);
  std::vector<Stretch> stretches;
  stretches.reserve(count);
  const std::size_t shorter = d / count, longer = d % count;  // the first `longer` have one more
  for (std::size_t begin = 0; stretches.size() < count;) {
    const std::size_t end = begin + shorter + (stretches.size() < longer ? 1 : 0);
    stretches.push_back({begin, end});
    begin = end;
  }
  return stretches;
}

}  // namespace gradwire
