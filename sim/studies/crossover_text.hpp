#pragma once

#include <string>

#include "sim/studies/crossovers.hpp"

namespace gradwire::studies {

/// The findings for the terminal: one line per statement, over all network models.
[[nodiscard]] std::string crossovers_as_text(const sweep::CrossoverRequest& request,
                                             const Findings& findings);

/// crossovers.csv: one line per crossover, and one line per statement without crossovers.
/// Bandwidths in bit/s, times in seconds.
[[nodiscard]] std::string crossovers_as_csv(const sweep::CrossoverRequest& request,
                                            const Findings& findings);

/// A statement as text: "SASG saves more than 10 % of Sparse's time".
[[nodiscard]] std::string to_text(const Statement& statement);

}  // namespace gradwire::studies
