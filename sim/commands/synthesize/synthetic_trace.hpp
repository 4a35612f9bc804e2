#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <tuple>

#include "sim/scenario/scenario.hpp"

namespace gradwire::commands {

/// Number of skipped uploads by (algorithm, seed, epoch); the epoch counts from 1.
using Skips = std::map<std::tuple<std::string, std::uint64_t, std::int64_t>, std::int64_t>;

/// Reads a CSV file with the columns algorithm, seed, epoch, skipped; other columns are ignored.
/// Throws InputError with file and row.
[[nodiscard]] Skips read_skips(const std::filesystem::path& file);

/// Sizes of a synthetic trace, in place of a learned model.
struct Synthesis {
  std::int64_t parameters = 0;            ///< d; 0: the tensors of the scenario's model
  std::int64_t values = 0;                ///< k of a sparse method; 0: density * d
  std::int64_t iterations_per_epoch = 0;  ///< above 0
  Skips skips;                            ///< spread evenly over an epoch; empty: no skips
};

/// The trace of a run of `scenario` without learning. Sizes are those of a model that is one tensor
/// [d], or of the scenario's model; there are no losses, and accuracies are NaN. A lazy method
/// computes one auxiliary gradient per worker from the end of the warm-up of its variant on. Throws
/// InputError if `skips` lacks the run, if the model's shape is not known, or if the method needs
/// more than its size.
[[nodiscard]] std::string synthetic_trace(const scenario::Scenario& scenario,
                                          const Synthesis& synthesis);

}  // namespace gradwire::commands
