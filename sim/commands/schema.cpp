#include "sim/commands/schema.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <memory>

#include "sim/commands/command_line.hpp"
#include "sim/scenario/settings/reference.hpp"
#include "sim/scenario/settings/schema.hpp"

namespace gradwire::commands {

void add_schema(Command& app) {
  Command* command = app.add_subcommand("schema", "Print the JSON schema of experiment files");
  const auto markdown = std::make_shared<bool>(false);
  command->add_flag("--markdown", *markdown, "Print the reference of all settings instead");
  command->footer("Example:\n  gradwire schema > experiments/schema.json");
  command->callback([markdown] {
    if (*markdown) {
      fmt::print("{}", scenario::settings_reference());
    } else {
      fmt::print("{}\n", scenario::experiment_schema().dump(2));
    }
  });
}

}  // namespace gradwire::commands
