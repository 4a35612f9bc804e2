#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sim/commands/sweep_command.hpp"
#include "sim/experiment/experiment_file.hpp"

namespace gradwire::commands {

/// What of `replay` plays a trace between real hosts.
struct ReplayTcp {
  std::string role;  ///< "server", "worker=I"; empty: in the simulation
  std::string listen;
  std::string connect;
  std::optional<std::int64_t> iterations;
  bool no_compute = false;
  double timeout = 120;  ///< seconds
};

/// --tcp and what goes with it; `tcp` must outlive the parsing.
void add_tcp_options(CLI::App& command, ReplayTcp& tcp);

/// Throws InputError where an option that goes with --tcp is given without it.
void require_no_tcp_options(const ReplayTcp& tcp);
/// Throws InputError where there are none.
void require_results(const std::vector<std::filesystem::path>& results);

/// One side of a replay between real hosts; the exit status.
int replay_over_tcp(const ReplayTcp& tcp, const std::vector<std::filesystem::path>& results,
                    const experiment::Selection& selection, const SweepCommand& sweep);

}  // namespace gradwire::commands
