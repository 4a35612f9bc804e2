#pragma once

#include <string>
#include <string_view>

namespace gradwire::sweep {

/// A part of an experiment's runs: those whose id hashes to `index` of `count`. Which part a run
/// belongs to depends on its id and `count` alone, so that more runs move none.
struct Shard {
  int index = 0;
  int count = 1;

  [[nodiscard]] bool has(const std::string& run_id) const;
  /// "1/4"
  [[nodiscard]] std::string text() const;
};

/// Reads "I/N", I from 0. Throws InputError.
[[nodiscard]] Shard parse_shard(const std::string& text);

}  // namespace gradwire::sweep
