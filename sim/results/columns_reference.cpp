#include <fmt/format.h>

#include <stdexcept>
#include <string>

#include "sim/algorithms/methods.hpp"
#include "sim/results/columns.hpp"

namespace gradwire::results {
namespace {

using Json = nlohmann::ordered_json;

const char* name_of(ColumnType type) {
  switch (type) {
    case ColumnType::whole:
      return "whole number";
    case ColumnType::number:
      return "number";
    case ColumnType::text:
      return "text";
    case ColumnType::flag:
      return "true or false";
    case ColumnType::texts:
      return "list of texts";
    case ColumnType::wholes:
      return "object of whole numbers";
  }
  throw std::logic_error("no such type of a column");
}

Json to_json(const Column& column) {
  Json json{{"name", column.name}, {"type", name_of(column.type)}};
  if (!column.unit.empty()) json["unit"] = column.unit;
  json["meaning"] = column.meaning;
  if (!column.when.empty()) json["when"] = column.when;
  return json;
}

template <class Columns>
Json list_of(const Columns& columns) {
  Json list = Json::array();
  for (const auto& column : columns) list.push_back(to_json(column.about));
  return list;
}

std::string row_of(const Column& column) {
  return fmt::format("| `{}` | {}{} | {} | {} |\n", column.name, name_of(column.type),
                     column.unit.empty() ? "" : ", " + column.unit, column.meaning,
                     column.when.empty() ? "always" : column.when);
}

std::string title(const std::string& file, const std::string& what) {
  return fmt::format(
      "### `{}`\n\n{}\n\n| column | values | meaning | present if |\n|---|---|---|---|\n", file,
      what);
}

template <class Columns>
std::string rows_of(const Columns& columns) {
  std::string text;
  for (const auto& column : columns) text += row_of(column.about);
  return text;
}

/// "`notes`, `data.digest`": the members of summary.json that runs.csv lacks.
std::string members_not_in_runs() {
  std::string names;
  for (const SummaryColumn& column : summary_columns()) {
    if (column.indexed) continue;
    names += fmt::format("{}`{}`", names.empty() ? "" : ", ", column.about.name);
  }
  return names;
}

}  // namespace

Json columns_json() {
  Json runs = Json::array();
  for (const Column& column : run_columns()) runs.push_back(to_json(column));
  Json summary = Json::array();
  for (const SummaryColumn& column : summary_columns()) {
    summary.push_back(to_json(column.about));
    if (column.indexed) summary.back()["runs.csv"] = true;
  }
  Json methods = Json::array();
  for (const algorithms::Method& row : algorithms::methods()) {
    methods.push_back({{"name", row.name}, {"label", row.label}});
  }
  return {{"methods", methods},
          {"runs.csv", runs},
          {"runs/ID/metrics.csv", list_of(metric_columns())},
          {"runs/ID/summary.json", summary},
          {"runs/ID/workers.csv", list_of(worker_columns())},
          {"runs/ID/shards.csv", list_of(shard_columns())},
          {"runs/ID/graph.csv", list_of(graph_columns())},
          {"runs/ID/staleness.csv", list_of(staleness_columns())}};
}

std::string columns_reference() {
  std::string text =
      title("runs.csv",
            "A row per run: the columns below, the swept settings, then the members of "
            "`summary.json` other than " +
                members_not_in_runs() + ".");
  for (const Column& column : run_columns()) text += row_of(column);
  text += "\n" +
          title("runs/ID/metrics.csv",
                "A row per evaluation. Counts and times are cumulative, from the run's start.") +
          rows_of(metric_columns());
  text += "\n" +
          title("runs/ID/summary.json",
                "The run's totals. `final` has the last evaluation, `baseline` the first that "
                "reached it; null: there is none. `wall` has the host's times.") +
          rows_of(summary_columns());
  text += "\n" + title("runs/ID/workers.csv", "A row per worker: sums over the run.") +
          rows_of(worker_columns());
  text += "\n" +
          title("runs/ID/shards.csv",
                "A row per worker and label, of runs that learned: how the training set is "
                "distributed.") +
          rows_of(shard_columns());
  text += "\n" +
          title("runs/ID/graph.csv",
                "A row per message of an iteration, where `protocol.kind` is `gossip`: which nodes "
                "exchange messages; along an undirected edge one each way.") +
          rows_of(graph_columns());
  text += "\n" +
          title("runs/ID/staleness.csv",
                "A row per worker and staleness, where `protocol.kind` is `asynchronous`.") +
          rows_of(staleness_columns());
  return text;
}

}  // namespace gradwire::results
