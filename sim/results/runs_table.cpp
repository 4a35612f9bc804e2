#include "sim/results/runs_table.hpp"

#include <algorithm>

#include "sim/results/columns.hpp"
#include "sim/results/summary.hpp"
#include "sim/scenario/scenario_json.hpp"

namespace gradwire::results {
namespace {

using Json = nlohmann::ordered_json;

/// The value of a dotted path of the experiment file in the resolved scenario, or null.
Json resolved(const Json& scenario, const std::string& path) {
  Json::json_pointer pointer;
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('.', begin), path.size());
    pointer.push_back(path.substr(begin, end - begin));
    begin = end + 1;
  }
  return scenario.contains(pointer) ? scenario.at(pointer) : Json();
}

/// Whether a member of summary.json, or the members of an object, are columns.
bool is_indexed(const std::string& key) {
  return std::ranges::none_of(summary_columns(), [&](const SummaryColumn& column) {
    const std::string& name = column.about.name;
    return !column.indexed && (name == key || object_of(name) == key);
  });
}

bool is_later(const std::string& column) {
  return std::ranges::any_of(summary_columns(), [&](const SummaryColumn& listed) {
    return listed.later && listed.about.name == column;
  });
}

/// Inserts a column of an object next to the object's other columns, also if a later run introduces
/// it.
void add_column(std::vector<std::string>& columns, const std::string& name,
                const std::string& column) {
  if (std::ranges::find(columns, column) != columns.end()) return;
  const auto last = std::find_if(columns.rbegin(), columns.rend(), [&](const std::string& other) {
    return other == name || other.starts_with(name + ".");
  });
  columns.insert(last == columns.rend() ? columns.end() : last.base(), column);
}

}  // namespace

std::vector<std::pair<std::string, std::string>> flattened(const std::string& name,
                                                           const scenario::Json& json) {
  if (json.is_null()) return {{name, ""}};
  if (json.is_string()) return {{name, json.get<std::string>()}};
  if (!json.is_object()) return {{name, json.dump()}};
  std::vector<std::pair<std::string, std::string>> cells;
  for (const auto& [key, value] : json.items()) {
    auto below = flattened(name.empty() ? key : name + "." + key, value);
    cells.insert(cells.end(), below.begin(), below.end());
  }
  return cells;
}

void RunsTable::add_cells(Row& row, std::vector<std::string>& columns, const std::string& name,
                          const scenario::Json& json) {
  for (auto& [column, text] : flattened(name, json)) {
    add_column(columns, name, column);
    row.cells[column] = text;
  }
}

void RunsTable::add(const scenario::PlannedRun& run, const scenario::Json& summary) {
  Row row;
  row.cells["id"] = run.id;
  const scenario::Json scenario = scenario::to_json(run.scenario);
  for (const auto& [path, value] : run.axes) {
    add_cells(row, axis_columns_, path,
              value.is_object() ? resolved(scenario, path) : scenario::Json(value));
  }
  for (const auto& [key, value] : summary.items()) {
    if (!is_indexed(key)) continue;
    const bool absent = value.is_null() && empty_parts().contains(key);
    add_cells(row, summary_columns_, key, absent ? empty_parts().at(key) : value);
  }
  rows_.push_back(std::move(row));
}

std::string RunsTable::to_csv() const {
  std::vector<std::string> columns{"id"};
  columns.insert(columns.end(), axis_columns_.begin(), axis_columns_.end());
  columns.insert(columns.end(), summary_columns_.begin(), summary_columns_.end());
  std::ranges::stable_partition(columns, [](const std::string& c) { return !is_later(c); });
  std::string text;
  const auto line = [&](auto cell_of) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (i > 0) text += ',';
      text += csv_cell(cell_of(columns[i]));
    }
    text += '\n';
  };
  line([](const std::string& column) { return column; });
  for (const Row& row : rows_) {
    line([&](const std::string& column) {
      const auto cell = row.cells.find(column);
      return cell == row.cells.end() ? std::string() : cell->second;
    });
  }
  return text;
}

}  // namespace gradwire::results
