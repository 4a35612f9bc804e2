#include "sim/results/shards_table.hpp"

#include <cstdint>

#include "sim/results/columns.hpp"

namespace gradwire::results {
namespace {

void add_line(const ShardRow& row, std::string& text) {
  std::vector<std::string> cells;
  for (const ShardColumn& column : shard_columns()) {
    const std::optional<Cell> cell = column.value(row);
    cells.push_back(cell ? text_of(*cell) : "");
  }
  text += csv_line(cells);
}

}  // namespace

std::string shards_csv(const std::vector<ShardContents>& shards) {
  std::vector<std::string> names;
  for (const ShardColumn& column : shard_columns()) names.push_back(column.about.name);
  std::string text = csv_line(names);
  for (std::size_t m = 0; m < shards.size(); ++m) {
    const auto worker = static_cast<std::int64_t>(m);
    for (const auto& [label, samples] : shards[m].labels) add_line({worker, label, samples}, text);
    if (shards[m].labels.empty()) add_line({worker, std::nullopt, shards[m].samples}, text);
  }
  return text;
}

}  // namespace gradwire::results
