#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "sim/core/iteration_record.hpp"

namespace gradwire::results {

/// One row of staleness.csv: how many pushes of one worker had one staleness.
struct StalenessRow {
  std::int64_t worker = 0;
  std::int64_t staleness = 0;
  std::int64_t pushes = 0;
};

/// The staleness of the pushes of an asynchronous method, as a histogram of each worker.
class StalenessTable {
 public:
  void add(const IterationRecord& record);
  /// staleness.csv, by worker and staleness.
  [[nodiscard]] std::string to_csv() const;

 private:
  std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t> pushes_;
};

}  // namespace gradwire::results
