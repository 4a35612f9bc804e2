#pragma once

#include "sim/commands/command_line.hpp"
#include "sim/sweep/experiment_file.hpp"

namespace gradwire::commands {

/// Adds --set, repeatable. `selection` must outlive the parsing.
inline void add_set_option(Command& command, sweep::Overrides& selection) {
  command
      .add_option(
          "--set", selection.set,
          "Change the experiment before it is expanded. NAME is a setting (epochs, "
          "platform.uplink) or a JSON pointer (/base/epochs, /sweep/1/seed); VALUE is JSON, "
          "or else a string. May be repeated")
      ->type_name("NAME=VALUE")
      ->one_value_each();
}

/// Adds --set and --filter, both repeatable. `selection` must outlive the parsing.
inline void add_override_options(Command& command, sweep::Overrides& selection) {
  add_set_option(command, selection);
  command
      .add_option(
          "--filter", selection.filter,
          "Keep the runs whose swept setting AXIS has this value (of an object: this name). "
          "Repeated: any of one axis's values, all of the axes")
      ->type_name("AXIS=VALUE")
      ->one_value_each();
}

}  // namespace gradwire::commands
