#pragma once

#include <functional>
#include <string>

#include "sim/core/iteration_record.hpp"
#include "sim/results/recorder.hpp"

namespace gradwire::results {

/// Receivers of a run's output while it runs.
struct RunSink {
  std::function<void(const std::string&)> metrics;  ///< text of metrics.csv, in pieces
  std::function<void(const Progress&)> progress;
  std::function<void(const IterationRecord&)> iteration;  ///< called for each iteration; or null
  std::function<void(const std::string&)> shards = {};    ///< text of shards.csv, once; or null
  std::function<void(const std::string&)> graph = {};     ///< text of graph.csv, once; or null
};

}  // namespace gradwire::results
