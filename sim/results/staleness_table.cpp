#include "sim/results/staleness_table.hpp"

#include <vector>

#include "sim/results/columns.hpp"

namespace gradwire::results {

void StalenessTable::add(const IterationRecord& record) {
  for (const ClientActivity& activity : record.activities) {
    if (activity.kind == ClientActivity::Kind::apply) {
      ++pushes_[{activity.client, activity.staleness}];
    }
  }
}

std::string StalenessTable::to_csv() const {
  std::vector<std::string> cells;
  for (const StalenessColumn& column : staleness_columns()) cells.push_back(column.about.name);
  std::string text = csv_line(cells);
  for (const auto& [key, pushes] : pushes_) {
    const StalenessRow row{key.first, key.second, pushes};
    cells.clear();
    for (const StalenessColumn& column : staleness_columns()) {
      cells.push_back(text_of(column.value(row)));
    }
    text += csv_line(cells);
  }
  return text;
}

}  // namespace gradwire::results
