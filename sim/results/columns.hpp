#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sim/results/graph_table.hpp"
#include "sim/results/metrics.hpp"
#include "sim/results/shards_table.hpp"
#include "sim/results/staleness_table.hpp"
#include "sim/results/summary.hpp"
#include "sim/results/worker_totals.hpp"
#include "sim/scenario/scenario.hpp"

/// The list of all columns of the results folder: the writers, `gradwire schema --results`, its
/// reference and the report derive from it.
namespace gradwire::results {

/// Type of a column's values. A number that is unknown is an empty cell, or null.
enum class ColumnType { whole, number, text, flag, texts, wholes };

/// What a reader of a column needs.
struct Column {
  std::string name;  ///< unique in its file; of a member of an object: "final.epoch"
  ColumnType type = ColumnType::number;
  std::string unit;  ///< empty: none
  std::string meaning;
  std::string when = {};  ///< condition under which a run has the column; empty: always
};

/// A cell of a CSV file.
using Cell = std::variant<std::int64_t, double>;

/// A column of metrics.csv.
struct MetricColumn {
  Column about;
  std::function<std::optional<Cell>(const MetricRow&)> value;  ///< nullopt: not measured
  std::function<bool(const scenario::Scenario&)> applies;      ///< code of about.when
  bool may_be_empty = false;                                   ///< a cell without a value is empty
};

/// A member of summary.json, by its dotted name.
struct SummaryColumn {
  Column about;
  /// nullopt if the summary lacks the member: code of about.when.
  std::function<std::optional<nlohmann::ordered_json>(const Summary&)> value;
  bool indexed = true;  ///< also a column of runs.csv
  bool later = false;   ///< older results lack it; in runs.csv it stands after all others
};

/// A column of workers.csv.
struct WorkerColumn {
  Column about;
  std::function<Cell(const WorkerRow&)> value;
};

/// A column of shards.csv.
struct ShardColumn {
  Column about;
  std::function<std::optional<Cell>(const ShardRow&)> value;  ///< nullopt: an empty cell
};

/// A column of staleness.csv.
struct StalenessColumn {
  Column about;
  std::function<Cell(const StalenessRow&)> value;
};

/// A column of graph.csv.
struct GraphColumn {
  Column about;
  std::function<std::string(const GraphRow&)> text;  ///< of the cell, before quoting
};

/// The columns in the order in which they are written.
[[nodiscard]] const std::vector<MetricColumn>& metric_columns();
[[nodiscard]] const std::vector<SummaryColumn>& summary_columns();
[[nodiscard]] const std::vector<WorkerColumn>& worker_columns();
[[nodiscard]] const std::vector<ShardColumn>& shard_columns();
[[nodiscard]] const std::vector<StalenessColumn>& staleness_columns();
[[nodiscard]] const std::vector<GraphColumn>& graph_columns();
/// Columns of runs.csv besides the swept settings and the indexed members of summary.json.
[[nodiscard]] const std::vector<Column>& run_columns();

/// Objects of summary.json that are null if they have no members, rather than absent.
[[nodiscard]] bool is_null_if_empty(std::string_view object);

/// The object that contains the member `name`, and the member's name in it: "final" and "epoch" of
/// "final.epoch". The object of a member of the file itself is empty.
[[nodiscard]] std::string object_of(std::string_view name);
[[nodiscard]] std::string member_of(std::string_view name);

/// A number with as many digits as are needed to read the same value back.
[[nodiscard]] std::string text_of(const Cell& cell);
/// A text as a cell of a CSV file, in quotes if it needs them.
[[nodiscard]] std::string csv_cell(const std::string& text);
/// Cells as a line of a CSV file, with line end. Precondition: none needs quotes.
[[nodiscard]] std::string csv_line(const std::vector<std::string>& cells);

/// All columns as JSON: file name -> list of {name, type, unit, meaning, when, runs.csv}, without
/// members that are empty or false; and "methods": the labels of algorithm.name, in the order of
/// tables.
[[nodiscard]] nlohmann::ordered_json columns_json();
/// All columns as Markdown: a table per file.
[[nodiscard]] std::string columns_reference();

}  // namespace gradwire::results
