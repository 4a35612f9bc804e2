#include "analysis/tables/repeated.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace gradwire::analysis {
namespace {

/// Indices of the rows of one learning, in ascending order.
using Rows = std::vector<std::size_t>;

std::vector<Rows> rows_by_learning(const Table& table) {
  std::map<std::pair<std::size_t, std::string>, std::size_t> places;
  std::vector<Rows> all;
  for (std::size_t row = 0; row < table.learning.size(); ++row) {
    const Learning& learning = table.learning[row];
    const auto [place, is_new] =
        places.emplace(std::pair(learning.group, learning.method), all.size());
    if (is_new) all.emplace_back();
    all[place->second].push_back(row);
  }
  return all;
}

bool same(const Cell& a, const Cell& b) { return a.text == b.text && a.csv == b.csv; }

bool repeats(const Table& table, const std::vector<Rows>& learnings, std::size_t column) {
  return std::ranges::all_of(learnings, [&](const Rows& rows) {
    return std::ranges::all_of(rows, [&](std::size_t row) {
      return same(table.rows[row][column], table.rows[rows.front()][column]);
    });
  });
}

/// Columns after the keys whose cells are the same in all rows of each learning. A column is
/// included only together with those that qualify it (Column::of_previous).
std::set<std::size_t> repeated_columns(const Table& table, const std::vector<Rows>& learnings) {
  std::set<std::size_t> repeated;
  for (std::size_t first = table.keys; first < table.columns.size();) {
    std::size_t end = first + 1;
    while (end < table.columns.size() && table.columns[end].of_previous) ++end;
    bool all = true;
    for (std::size_t c = first; c < end; ++c) all = all && repeats(table, learnings, c);
    for (std::size_t c = first; all && c < end; ++c) repeated.insert(c);
    first = end;
  }
  return repeated;
}

/// The table reduced to the key columns and those for which `wanted` holds, without rows and notes.
template <class Wanted>
Table with_columns(const Table& table, Wanted wanted) {
  Table result{.slug = table.slug, .title = table.title, .keys = table.keys};
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    if (c < table.keys || wanted(c)) result.columns.push_back(table.columns[c]);
  }
  return result;
}

template <class Wanted>
std::vector<Cell> cells_of(const Table& table, std::size_t row, Wanted wanted) {
  std::vector<Cell> cells;
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    if (c < table.keys || wanted(c)) cells.push_back(table.rows[row][c]);
  }
  return cells;
}

void drop_empty_setting(Table& table) {
  const bool empty =
      std::ranges::all_of(table.rows, [](const auto& row) { return row.front().text.empty(); });
  if (!empty) return;
  table.columns.erase(table.columns.begin());
  for (std::vector<Cell>& row : table.rows) row.erase(row.begin());
  --table.keys;
}

std::string note_on(const std::vector<Rows>& learnings) {
  const auto [least, most] = std::ranges::minmax(learnings, {}, &Rows::size);
  const std::string settings = least.size() == most.size()
                                   ? fmt::format("{} settings", most.size())
                                   : fmt::format("{} to {} settings", least.size(), most.size());
  return fmt::format("Each row holds in {}, which differ in nothing that learning depends on.",
                     settings);
}

Table shared_columns_table(const Table& table, const std::vector<Rows>& learnings,
                           const std::set<std::size_t>& repeated) {
  const auto wanted = [&](std::size_t column) { return repeated.contains(column); };
  Table once = with_columns(table, wanted);
  once.slug += "-once";
  for (const Rows& rows : learnings) {
    std::vector<Cell> cells = cells_of(table, rows.front(), wanted);
    const bool one_name = std::ranges::all_of(
        rows, [&](std::size_t row) { return same(table.rows[row].front(), cells.front()); });
    if (rows.size() > 1 && !one_name) {
      cells.front() = text_cell(table.learning[rows.front()].label);
    }
    once.rows.push_back(std::move(cells));
  }
  drop_empty_setting(once);
  once.notes = table.notes;
  once.notes.insert(once.notes.begin(), note_on(learnings));
  return once;
}

Table by_setting(const Table& table, const std::set<std::size_t>& repeated) {
  const auto wanted = [&](std::size_t column) { return !repeated.contains(column); };
  Table others = with_columns(table, wanted);
  others.slug += "-by-setting";
  others.title += ", by setting";
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    others.rows.push_back(cells_of(table, row, wanted));
  }
  return others;
}

}  // namespace

LearningKeys::LearningKeys(const Study& study) : groups_(learning_groups(study)) {
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    for (const Panel* panel : groups_[i].panels) group_of_[panel] = i;
  }
}

Learning LearningKeys::operator()(const Panel& panel, const Series& series) const {
  const std::size_t group = group_of_.at(&panel);
  return {.group = group, .label = groups_[group].label, .method = series.label};
}

Learning named_learning(Learning learning, const Series& series) {
  if (learning.label.empty()) learning.label = series.runs.front()->text("dataset.name");
  return learning;
}

std::vector<Table> without_repetition(const Table& table) {
  const std::vector<Rows> learnings = rows_by_learning(table);
  if (learnings.empty() || learnings.size() == table.rows.size()) return {table};
  const std::set<std::size_t> repeated = repeated_columns(table, learnings);
  if (repeated.empty()) return {table};
  std::vector<Table> tables{shared_columns_table(table, learnings, repeated)};
  if (table.keys + repeated.size() < table.columns.size()) {
    tables.push_back(by_setting(table, repeated));
  }
  return tables;
}

}  // namespace gradwire::analysis
