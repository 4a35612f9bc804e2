#pragma once

#include <functional>
#include <string>

#include "sim/core/record.hpp"
#include "sim/experiment/recorder.hpp"

namespace gradwire::experiment {

/// Where a run's output goes while it runs.
struct RunOutput {
  std::function<void(const std::string&)> metrics;  ///< text of metrics.csv, in pieces
  std::function<void(const Progress&)> progress;
  std::function<void(const IterationRecord&)> iteration;  ///< each, where somebody wants it
};

}  // namespace gradwire::experiment
