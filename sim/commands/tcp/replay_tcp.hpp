#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sim/commands/command_line.hpp"
#include "sim/commands/sweeps/sweep_command.hpp"
#include "sim/sweep/experiment_file.hpp"

namespace gradwire::commands {

/// Options of `replay` for a replay over TCP between real hosts.
struct ReplayTcp {
  std::string role;  ///< "server" or "worker=I"; empty: simulate
  std::string listen;
  std::string connect;
  std::optional<std::int64_t> iterations;
  bool no_compute = false;
  double timeout = 120;  ///< seconds without a connection or progress before giving up
};

/// Adds --tcp and the options that belong to it. `tcp` must outlive the parsing.
void add_tcp_options(Command& command, ReplayTcp& tcp);

/// Throws InputError if an option of --tcp is given without --tcp.
void require_no_tcp_options(const ReplayTcp& tcp);
/// Throws InputError if `results` is empty.
void require_results(const std::vector<std::filesystem::path>& results);

/// Runs the server's or a worker's side of a TCP replay; returns the exit status.
int replay_over_tcp(const ReplayTcp& tcp, const std::vector<std::filesystem::path>& results,
                    const sweep::Overrides& selection, const SweepCommand& sweep);

}  // namespace gradwire::commands
