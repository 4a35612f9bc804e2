#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/experiment/document.hpp"
#include "sim/experiment/setting.hpp"
#include "sim/experiment/sweep.hpp"

namespace gradwire::experiment {

/// Object "crossovers" of an experiment file: where, along an axis, methods change places.
struct CrossoverRequest {
  std::vector<std::string> paths;  ///< settings that move together; the first names places
  std::vector<std::vector<double>>
      values;                             ///< [path][step], base units, above 0; the first ascends
  Kind kind = Kind::number;               ///< of the first path
  bool swept = false;                     ///< the sweep has runs at these values
  std::vector<double> margins{0.0, 0.1};  ///< shares of a rival's time to be saved
  double tolerance = 0.01;                ///< a found place is known to this share of itself

  [[nodiscard]] std::size_t steps() const { return values.front().size(); }
};

/// None if the file asks for none. Throws InputError.
[[nodiscard]] std::optional<CrossoverRequest> read_crossovers(const Document& document,
                                                              const std::vector<Axis>& axes);

}  // namespace gradwire::experiment
