#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/results/results_folder.hpp"
#include "sim/sweep/experiment_file.hpp"

namespace gradwire::studies {

/// The costs of a run that crossovers compare, in seconds.
struct RunCosts {
  std::optional<double> to_goal;  ///< time to the baseline, or to the end without a
                                  ///< baseline; none: not reached
  double communicating = 0.0;     ///< busy time of uplink and downlink
  double computing = 0.0;         ///< busy time of workers and server
};
[[nodiscard]] RunCosts costs_of(const scenario::Scenario& scenario, const scenario::Json& summary);

/// One seed of a method, replayable at any place of the axis.
struct Replicate {
  std::string seed;
  scenario::Scenario scenario;
  scenario::RecordedRun recorded;
  std::map<std::size_t, RunCosts> at_step;  ///< by step of the axis, for runs that exist
};

/// The runs of a method in one setting and under one network model, along the axis.
struct Line {
  std::string setting;  ///< other swept settings, as text; may be empty
  std::string model;    ///< network_model
  std::string method;   ///< "SASG", "SASG, algorithm.density 0.05"
  std::vector<Replicate> seeds;
};

/// Groups the complete runs of a plan into lines, in the order of the runs.
[[nodiscard]] std::vector<Line> lines_of(const sweep::Plan& plan,
                                         const results::ResultsFolder& results);

}  // namespace gradwire::studies
