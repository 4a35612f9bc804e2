#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/experiment/experiment_file.hpp"
#include "sim/experiment/results_folder.hpp"

namespace gradwire::commands {

/// What a run cost, as far as crossovers ask. Seconds.
struct RunCosts {
  std::optional<double>
      to_goal;                 ///< the baseline, or the end where there is none; none: not reached
  double communicating = 0.0;  ///< up or down
  double computing = 0.0;      ///< workers and server
};
[[nodiscard]] RunCosts costs_of(const experiment::Scenario& scenario,
                                const experiment::Json& summary);

/// One seed of a method, which can be replayed at any place of the axis.
struct Replicate {
  std::string seed;
  experiment::Scenario scenario;
  experiment::RecordedRun recorded;
  std::map<std::size_t, RunCosts> at_step;  ///< of the axis, where runs are there already
};

/// A method in one setting and under one network model, along the axis.
struct Line {
  std::string setting;  ///< what else was swept, for people; may be empty
  std::string model;    ///< network_model
  std::string method;   ///< "SASG", "SASG, algorithm.density 0.05"
  std::vector<Replicate> seeds;
};

/// The complete runs of a plan by line, in their order.
[[nodiscard]] std::vector<Line> lines_of(const experiment::Plan& plan,
                                         const experiment::ResultsFolder& results);

}  // namespace gradwire::commands
