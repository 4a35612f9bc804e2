#include "sim/commands/schema.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <memory>

#include "sim/experiment/reference.hpp"
#include "sim/experiment/schema.hpp"

namespace gradwire::commands {

void add_schema(CLI::App& app) {
  CLI::App* command = app.add_subcommand("schema", "Print the JSON schema of experiment files");
  const auto markdown = std::make_shared<bool>(false);
  command->add_flag("--markdown", *markdown, "Print the reference of all settings instead");
  command->footer("Example:\n  gradwire schema > experiments/schema.json");
  command->callback([markdown] {
    if (*markdown) {
      fmt::print("{}", experiment::settings_reference());
    } else {
      fmt::print("{}\n", experiment::experiment_schema().dump(2));
    }
  });
}

}  // namespace gradwire::commands
