#pragma once

#include <CLI/CLI.hpp>

#include "sim/experiment/experiment_file.hpp"

namespace gradwire::commands {

/// Adds --set and --filter, which may be repeated; `selection` must outlive the parsing.
inline void add_selection_options(CLI::App& command, experiment::Selection& selection) {
  command
      .add_option(
          "--set", selection.set,
          "Change the experiment before it is expanded. NAME is a setting (epochs, "
          "platform.uplink) or a JSON pointer (/base/epochs, /sweep/1/seed); VALUE is JSON, "
          "or else a string. May be repeated")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  command
      .add_option(
          "--filter", selection.filter,
          "Keep the runs whose swept setting AXIS has this value (of an object: this name). "
          "Repeated: any of one axis's values, all of the axes")
      ->type_name("AXIS=VALUE")
      ->allow_extra_args(false);
}

}  // namespace gradwire::commands
