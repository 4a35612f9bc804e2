#include "sim/commands/validate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/commands/command_line.hpp"
#include "sim/commands/platform_program.hpp"
#include "sim/commands/sweeps/learning_data.hpp"
#include "sim/commands/sweeps/model_command.hpp"
#include "sim/commands/sweeps/override_options.hpp"
#include "sim/scenario/gossip_graph.hpp"
#include "sim/scenario/settings/value.hpp"

namespace gradwire::commands {

namespace {

constexpr std::size_t most_rows = 40;
constexpr std::size_t widest_cell = 48;

struct ValidateOptions {
  std::string file;
  sweep::Overrides selection;
  bool all = false;
  std::string data;
  bool without_data = false;
};

using Row = std::vector<std::string>;

std::string cell_of(const scenario::Json& value) {
  std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  return text.size() <= widest_cell ? text : scenario::shortened(text, widest_cell - 3);
}

std::vector<Row> rows_of(const sweep::Plan& plan, std::size_t shown) {
  std::vector<Row> rows(1, {"id"});
  for (const auto& [path, value] : plan.runs.front().axes) rows[0].push_back(path);
  for (std::size_t i = 0; i < shown; ++i) {
    Row row{plan.runs[i].id};
    for (const auto& [path, value] : plan.runs[i].axes) row.push_back(cell_of(value));
    rows.push_back(std::move(row));
  }
  return rows;
}

void print_table(const std::vector<Row>& rows) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const Row& row : rows) {
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], row[c].size());
  }
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t c = 0; c < row.size(); ++c) line += fmt::format("{:<{}}  ", row[c], widths[c]);
    line.erase(line.find_last_not_of(' ') + 1);
    fmt::print("{}\n", line);
  }
}

std::optional<std::filesystem::path> data_folder(const ValidateOptions& options) {
  if (options.data.empty()) return std::nullopt;
  return std::filesystem::absolute(options.data);
}

/// The graphs of decentralised runs, each once.
void print_graphs(const sweep::Plan& plan) {
  std::vector<std::string> texts;
  for (const scenario::PlannedRun& run : plan.runs) {
    if (run.scenario.protocol.kind != protocols::ProtocolKind::gossip) continue;
    const std::string text = scenario::describe_graph(run.scenario);
    if (std::ranges::find(texts, text) == texts.end()) texts.push_back(text);
  }
  if (!texts.empty()) fmt::print("\n");
  for (const std::string& text : texts) fmt::print("{}\n", text);
}

/// Returns the exit status.
int validate(const ValidateOptions& options) {
  const sweep::Plan plan = sweep::plan_experiment(options.file, options.selection);
  sweep::require_replayable(plan);
  if (!options.without_data) {
    require_data(plan, options.file, data_folder(options));
    require_commands(plan, options.file);
  }
  require_networks(plan);
  const std::size_t runs = plan.runs.size();
  const std::size_t shown = options.all ? runs : std::min(runs, most_rows);
  fmt::print("{}: {} run{}\n\n", plan.name, runs, runs == 1 ? "" : "s");
  print_table(rows_of(plan, shown));
  if (shown < runs) fmt::print("... and {} more (--all shows them)\n", runs - shown);
  print_graphs(plan);
  if (plan.crossovers) {
    fmt::print("\nthen looks for crossovers over {}\n", fmt::join(plan.crossovers->paths, " and "));
  }
  fmt::print("\n{} run{}, valid\n", runs, runs == 1 ? "" : "s");
  for (const std::string& line : plan.refused) std::fputs((line + "\n").c_str(), stderr);
  return plan.refused.empty() ? 0 : 1;
}

}  // namespace

void add_validate(Command& app, int& status) {
  Command* command = app.add_subcommand("validate", "Check an experiment and list its runs");
  const auto options = std::make_shared<ValidateOptions>();
  command->add_option("experiment", options->file, "Experiment file, or a run's scenario.json")
      ->required()
      ->type_name("EXPERIMENT.json");
  add_override_options(*command, options->selection);
  command->add_flag("--all", options->all, "List every run, however many");
  Option* data =
      command->add_option("--data", options->data, "Folder of data sets, looked at first")
          ->type_name("DIR");
  command
      ->add_flag(
          "--without-data", options->without_data,
          "Do not look for the data sets and for programs of external models: they are on the "
          "machine that will learn")
      ->excludes(data);
  command->footer(
      "Example:\n  gradwire validate experiments/quickstart.json --set epochs=3 --filter "
      "algorithm=sasg");
  command->callback([options, &status] { status = validate(*options); });
}

}  // namespace gradwire::commands
