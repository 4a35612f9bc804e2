#pragma once

#include <string>
#include <vector>

#include "sim/sweep/document.hpp"

namespace gradwire::sweep {

inline constexpr std::size_t most_runs = 100'000;

/// One axis of a sweep: settings whose lists of values vary together.
struct Axis {
  std::size_t index = 0;                            ///< position in "sweep"
  std::vector<std::string> paths;                   ///< as in the file
  std::vector<std::vector<scenario::Json>> values;  ///< [path][step]

  [[nodiscard]] std::size_t steps() const { return values.front().size(); }
};

/// The axes of "sweep", checked; the product of their lengths is at most most_runs. Throws
/// InputError.
[[nodiscard]] std::vector<Axis> read_sweep(const Document& document);

/// The step of each axis in run `number`; the last axis varies fastest.
[[nodiscard]] std::vector<std::size_t> steps_of(const std::vector<Axis>& axes, std::size_t number);

/// Number of runs: the product of the axes' lengths.
[[nodiscard]] std::size_t product_of(const std::vector<Axis>& axes);

}  // namespace gradwire::sweep
