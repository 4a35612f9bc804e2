#pragma once

#include <map>
#include <string>
#include <vector>

#include "analysis/study/learning_groups.hpp"
#include "analysis/tables/table.hpp"

namespace gradwire::analysis {

/// The learning that a row of a table is about.
class LearningOf {
 public:
  explicit LearningOf(const Study& study);
  [[nodiscard]] Learning operator()(const Panel& panel, const Series& series) const;

 private:
  std::vector<LearningGroup> groups_;
  std::map<const Panel*, std::size_t> group_of_;
};

/// Where the first key is the task: the data set's name for a group without a label.
[[nodiscard]] Learning named_learning(Learning learning, const Series& series);

/// A table for people, who read once what is the same in every setting of a learning: one table of
/// such columns, with a row for each learning, and one of the others. The table itself where
/// nothing is repeated.
[[nodiscard]] std::vector<Table> without_repetition(const Table& table);

}  // namespace gradwire::analysis
