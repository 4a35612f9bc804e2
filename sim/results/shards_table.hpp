#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/core/problem.hpp"

namespace gradwire::results {

/// One row of shards.csv: samples of one label at one worker, or all its samples if the data have
/// no classes.
struct ShardRow {
  std::int64_t worker = 0;
  std::optional<double> label;
  std::int64_t samples = 0;
};

/// shards.csv of a run. shards: [M].
[[nodiscard]] std::string shards_csv(const std::vector<ShardContents>& shards);

}  // namespace gradwire::results
