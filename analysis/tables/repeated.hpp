#pragma once

#include <map>
#include <string>
#include <vector>

#include "analysis/study/learning_groups.hpp"
#include "analysis/tables/table.hpp"

namespace gradwire::analysis {

/// Determines the learning of a row of a table.
class LearningKeys {
 public:
  explicit LearningKeys(const Study& study);
  [[nodiscard]] Learning operator()(const Panel& panel, const Series& series) const;

 private:
  std::vector<LearningGroup> groups_;
  std::map<const Panel*, std::size_t> group_of_;
};

/// For tables whose first key is the task: labels a group without a label by its data set.
[[nodiscard]] Learning named_learning(Learning learning, const Series& series);

/// Splits a table for display: one table with the columns that are the same in every setting of a
/// learning, with one row per learning, and one with the other columns. Returns the table itself if
/// nothing is repeated.
[[nodiscard]] std::vector<Table> without_repetition(const Table& table);

}  // namespace gradwire::analysis
