#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sim/experiment/experiment_file.hpp"
#include "sim/experiment/results_folder.hpp"
#include "sim/experiment/sweep_runner.hpp"
#include "sim/tcp/party.hpp"

namespace gradwire::experiment {

/// What of the recorded runs is played between real hosts.
struct TcpOptions {
  std::optional<std::int64_t> iterations;  ///< the first of each run; default: all
  bool computes = true;  ///< workers and server sleep as long as they would compute
};

/// Throws InputError for the first run that cannot be played over TCP, with what to change.
void require_playable(const std::vector<PlannedRun>& runs, const TcpOptions& options);

/// 32 hex digits: which recorded iterations these runs replay.
[[nodiscard]] std::string digest_of_traces(const std::vector<PlannedRun>& runs);

/// Throws InputError where the results folder `root` has complete runs of this plan that were
/// simulated, or measured under other options.
void require_same_kind(const std::vector<PlannedRun>& runs, const std::filesystem::path& root,
                       const TcpOptions& options);

/// As run_sweep(), but between this host and workers that connect to `listener`: measured instead
/// of simulated, one run after the other. The first failure ends it, for a worker is gone then.
[[nodiscard]] SweepReport play_over_tcp(const std::vector<PlannedRun>& runs,
                                        const ResultsFolder& results, const SweepOptions& sweep,
                                        const TcpOptions& options, tcp::Listener& listener,
                                        tcp::Patience patience, const tcp::Party::Tell& tell);

}  // namespace gradwire::experiment
