#pragma once

#include <optional>
#include <string>

#include "analysis/study/study.hpp"

namespace gradwire::analysis {

/// Panels that differ in the network model only become one: the panel under the first of CM02,
/// calibrated, LV08 and others that there is, with the others below it (Panel::under). Nothing
/// changes where one model alone was used, or where its factors were varied too.
void join_models(Study& study);

/// A cost over all network models of a panel, each a mean over seeds.
struct Envelope {
  double least = 0.0, most = 0.0;
};
/// None where there is one model, or where a run under any of them has no number.
[[nodiscard]] std::optional<Envelope> envelope_of(const Panel& panel, const std::string& series,
                                                  const std::string& column);

/// "CM02, calibrated, LV08"; without the first on request.
[[nodiscard]] std::string names_of_models(const Study& study, std::size_t from = 0);

}  // namespace gradwire::analysis
