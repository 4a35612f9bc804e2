#pragma once

#include <string>
#include <vector>

#include "sim/experiment/document.hpp"

namespace gradwire::experiment {

inline constexpr std::size_t most_runs = 100'000;

/// One axis of a sweep: settings whose lists go together.
struct Axis {
  std::size_t index = 0;                  ///< in "sweep"
  std::vector<std::string> paths;         ///< as in the file
  std::vector<std::vector<Json>> values;  ///< [path][step]

  [[nodiscard]] std::size_t steps() const { return values.front().size(); }
};

/// The axes of "sweep", checked; their product is at most most_runs. Throws InputError.
[[nodiscard]] std::vector<Axis> read_sweep(const Document& document);

/// Which step of each axis run `number` takes; the last axis runs fastest.
[[nodiscard]] std::vector<std::size_t> steps_of(const std::vector<Axis>& axes, std::size_t number);

/// Number of runs.
[[nodiscard]] std::size_t product_of(const std::vector<Axis>& axes);

}  // namespace gradwire::experiment
