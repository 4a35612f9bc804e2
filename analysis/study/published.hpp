#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/study/study.hpp"

namespace gradwire::analysis {

/// A paper's numbers for one task, and the settings under which they were measured.
struct Published {
  std::string name;  ///< "FC, MNIST"
  Flat identity;     ///< settings that identify a run of this task
  Flat conditions;   ///< further settings that must agree for the numbers to be comparable
  std::map<std::string, Flat> methods;  ///< algorithm -> further settings that apply to it alone
  std::map<std::string, std::map<std::string, double>> values;  ///< column -> algorithm -> number

  [[nodiscard]] std::optional<double> value(const std::string& column,
                                            const std::string& algorithm) const;
};

/// Tables II and III of the SASG paper (arXiv 2112.04088).
struct PublishedTables {
  std::string source;
  std::vector<Published> table2;  ///< columns rounds, bits
  Published table3;               ///< columns communication_s, computation_s, memory_mib
};
[[nodiscard]] const PublishedTables& published_tables();

/// The task that a run belongs to, or null.
[[nodiscard]] const Published* task_of(const Run& run, const std::vector<Published>& tasks);

/// Why a run cannot be compared with the published numbers: "baseline.above is 0.8, not 0.98, …".
/// Empty if it can.
[[nodiscard]] std::string difference(const Run& run, const Published& task);

}  // namespace gradwire::analysis
