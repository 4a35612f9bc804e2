#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <tuple>

#include "sim/experiment/scenario.hpp"

namespace gradwire::commands {

/// Skips of a run by (algorithm, seed, epoch), the epoch counted from 1.
using Skips = std::map<std::tuple<std::string, std::uint64_t, std::int64_t>, std::int64_t>;

/// A CSV file with the columns algorithm, seed, epoch, skipped (others are passed over). Throws
/// InputError with file and line.
[[nodiscard]] Skips read_skips(const std::filesystem::path& file);

/// What a run that never learned would have sent.
struct Synthesis {
  std::int64_t parameters = 0;            ///< d
  std::int64_t values = 0;                ///< k of a sparse method; 0: as the density says
  std::int64_t iterations_per_epoch = 0;  ///
  Skips skips;                            ///< spread evenly over an epoch; none: nobody skips
};

/// The trace of a run of `scenario` in which nothing was learned: all sizes as if the model were
/// one tensor; no losses, accuracies that are no numbers. A lazy method computes the
/// rule's gradient from the iteration on in which its variant's rule is in force. Throws InputError
/// when the skips lack the run.
[[nodiscard]] std::string synthetic_trace(const experiment::Scenario& scenario,
                                          const Synthesis& synthesis);

}  // namespace gradwire::commands
