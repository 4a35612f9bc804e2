#include "sim/commands/schema.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <memory>

#include "sim/commands/command_line.hpp"
#include "sim/results/columns.hpp"
#include "sim/scenario/settings/reference.hpp"
#include "sim/scenario/settings/schema.hpp"

namespace gradwire::commands {

void add_schema(Command& app) {
  Command* command = app.add_subcommand("schema", "Print the JSON schema of experiment files");
  const auto markdown = std::make_shared<bool>(false);
  const auto results = std::make_shared<bool>(false);
  command->add_flag("--markdown", *markdown, "Print the reference of all settings instead");
  command->add_flag("--results", *results,
                    "Print the columns of the results' files instead; also with --markdown");
  command->footer("Example:\n  gradwire schema > experiments/schema.json");
  command->callback([markdown, results] {
    if (*markdown) {
      fmt::print("{}", *results ? results::columns_reference() : scenario::settings_reference());
    } else {
      const auto json = *results ? results::columns_json() : scenario::experiment_schema();
      fmt::print("{}\n", json.dump(2));
    }
  });
}

}  // namespace gradwire::commands
