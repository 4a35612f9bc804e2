#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/scenario/settings/setting.hpp"
#include "sim/sweep/document.hpp"
#include "sim/sweep/sweep.hpp"

namespace gradwire::sweep {

/// Object "crossovers" of an experiment file: the search for values of an axis at which the order
/// of methods changes.
struct CrossoverRequest {
  std::vector<std::string> paths;  ///< vary together; values of the first identify places
  std::vector<std::vector<double>>
      values;  ///< [path][step], base units, above 0; those of the first path ascend
  scenario::Kind kind = scenario::Kind::number;  ///< of the first path
  bool swept = false;                            ///< the sweep has runs at these values
  std::vector<double> margins{0.0, 0.1};         ///< shares of the other method's time to be saved
  double tolerance = 0.01;                       ///< relative accuracy of a crossover's place

  [[nodiscard]] std::size_t steps() const { return values.front().size(); }
};

/// The request of the document; none without "crossovers". Throws InputError.
[[nodiscard]] std::optional<CrossoverRequest> read_crossovers(const Document& document,
                                                              const std::vector<Axis>& axes);

}  // namespace gradwire::sweep
