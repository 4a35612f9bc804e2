#pragma once

#include "sim/commands/command_line.hpp"

namespace gradwire::commands {

/// Adds the subcommand `slurm EXPERIMENT.json`, which writes and submits a Slurm job array of
/// shards.
void add_slurm(Command& app);

}  // namespace gradwire::commands
