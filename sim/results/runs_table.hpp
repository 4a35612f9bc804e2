#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sim/scenario/planned_run.hpp"

namespace gradwire::results {

/// `json` as (name, text) pairs: objects flattened, with dots, below `name`; null as empty text,
/// lists as JSON.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> flattened(
    const std::string& name, const nlohmann::ordered_json& json);

/// runs.csv: one line per run, with the columns id, each swept axis, then summary.json. A column
/// that a run does not have is empty.
class RunsTable {
 public:
  void add(const scenario::PlannedRun& run, const nlohmann::ordered_json& summary);
  /// The table in the format of RFC 4180, but with plain line feeds.
  [[nodiscard]] std::string to_csv() const;

 private:
  struct Row {
    std::map<std::string, std::string> cells;
  };
  static void add_cells(Row& row, std::vector<std::string>& columns, const std::string& name,
                        const nlohmann::ordered_json& json);

  std::vector<std::string> axis_columns_;
  std::vector<std::string> summary_columns_;
  std::vector<Row> rows_;
};

}  // namespace gradwire::results
