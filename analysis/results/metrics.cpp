#include "analysis/results/metrics.hpp"

#include <optional>

#include "analysis/results/csv.hpp"
#include "analysis/results/json.hpp"
#include "sim/core/error.hpp"

namespace gradwire::analysis {

Metrics read_metrics(const std::filesystem::path& file) {
  Csv csv(read_text(file), file.string());
  std::array<std::optional<std::size_t>, metric_names.size()> columns;
  for (std::size_t i = 0; i < columns.size(); ++i) columns[i] = csv.column(metric_names[i]);
  if (!columns[0]) throw InputError(file.string(), "must have the column iteration");
  Metrics metrics;
  const std::vector<double>& iterations = metrics[Metric::iteration];
  while (csv.next()) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (columns[i]) metrics.columns[i].push_back(csv.number(*columns[i]));
    }
    const std::size_t n = iterations.size();
    const bool ascends = n == 1 ? iterations[0] >= 0.0 : iterations[n - 1] > iterations[n - 2];
    if (!ascends) throw InputError(csv.place(), "column iteration must ascend");
  }
  return metrics;
}

}  // namespace gradwire::analysis
