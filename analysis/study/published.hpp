#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "analysis/results/json.hpp"
#include "analysis/results/run.hpp"

namespace gradwire::analysis {

/// A paper's numbers for one task, and the settings under which they were measured.
struct Published {
  std::string name;  ///< "FC, MNIST"
  Flat identity;     ///< settings that identify a run of this task
  Flat conditions;   ///< further settings that must agree for the numbers to be comparable
  std::map<std::string, Flat> methods;  ///< algorithm -> further conditions for it alone
  std::map<std::string, std::map<std::string, double>> values;  ///< column -> algorithm -> number

  [[nodiscard]] std::optional<double> value(const std::string& column,
                                            const std::string& algorithm) const;
};

/// Reads a task: its members name, identity, conditions, methods, and one object per column.
[[nodiscard]] Published read_published(const Json& json);

/// The task that a run belongs to, or null.
[[nodiscard]] const Published* task_of(const Run& run, std::span<const Published> tasks);

/// Why a run cannot be compared with the published numbers: "baseline.above is 0.8, not 0.98, …".
/// Empty if it can.
[[nodiscard]] std::string difference(const Run& run, const Published& task);

}  // namespace gradwire::analysis
