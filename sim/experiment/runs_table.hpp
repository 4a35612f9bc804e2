#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sim/experiment/planned_run.hpp"

namespace gradwire::experiment {

/// `json` as (name, text) pairs: objects flattened with dots below `name`, null as nothing, lists
/// as JSON.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> flattened(
    const std::string& name, const nlohmann::ordered_json& json);

/// runs.csv: a line a run, with the columns id, every swept axis, then summary.json. Runs that lack
/// a column leave it empty.
class RunsTable {
 public:
  void add(const PlannedRun& run, const nlohmann::ordered_json& summary);
  /// As RFC 4180 has it, with plain line feeds.
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

}  // namespace gradwire::experiment
