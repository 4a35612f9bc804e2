#pragma once

#include <optional>
#include <string>

#include "analysis/study/study.hpp"

namespace gradwire::analysis {

/// Joins panels that differ only in the network model into one: the panel under the first available
/// of CM02, calibrated, LV08 and others, with the panels under the other models in
/// Panel::other_network_models.
/// Does nothing if only one network model was used, or if its factors were varied too.
void join_models(Study& study);

/// Range of a cost over all network models of a panel; each contributes its mean over seeds.
struct Envelope {
  double least = 0.0, most = 0.0;
};
/// None if there is one network model, or if a run under any of them lacks a number.
[[nodiscard]] std::optional<Envelope> envelope_of(const Panel& panel, const std::string& series,
                                                  const std::string& column);

/// Names of the network models from index `from` on: "CM02, calibrated, LV08".
[[nodiscard]] std::string names_of_models(const Study& study, std::size_t from = 0);

}  // namespace gradwire::analysis
