#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sim/results/results_folder.hpp"
#include "sim/sweep/experiment_file.hpp"
#include "sim/sweep/sweep_runner.hpp"
#include "sim/tcp/worker_pool.hpp"

namespace gradwire::sweep {

/// Options of a replay over TCP between real hosts.
struct TcpOptions {
  std::optional<std::int64_t> iterations;  ///< the first N of each run; default: all
  bool computes = true;  ///< workers and server sleep for the scenario's computing times
};

/// Throws InputError for the first run that cannot be replayed over TCP, naming the change that is
/// needed.
void require_playable(const std::vector<scenario::PlannedRun>& runs, const TcpOptions& options);

/// Digest of the recorded traces of these runs, 32 hex digits.
[[nodiscard]] std::string digest_of_traces(const std::vector<scenario::PlannedRun>& runs);

/// Throws InputError if the results folder `root` has complete runs of this plan that were
/// simulated, or measured under other options.
void require_same_kind(const std::vector<scenario::PlannedRun>& runs,
                       const std::filesystem::path& root, const TcpOptions& options);

/// As run_sweep(), but measures instead of simulating, between this host and the workers that
/// connect to `listener`, one run after another. The first failure ends the series, because a
/// worker's connection is lost then.
[[nodiscard]] SweepReport replay_over_tcp(const std::vector<scenario::PlannedRun>& runs,
                                          const results::ResultsFolder& results,
                                          const SweepOptions& sweep, const TcpOptions& options,
                                          tcp::Listener& listener, tcp::Timeouts timeouts,
                                          const tcp::WorkerPool::Tell& tell);

}  // namespace gradwire::sweep
