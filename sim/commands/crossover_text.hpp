#pragma once

#include <string>

#include "sim/commands/crossovers.hpp"

namespace gradwire::commands {

/// For people: a line a statement, over all network models.
[[nodiscard]] std::string crossovers_as_text(const experiment::CrossoverRequest& request,
                                             const Findings& findings);

/// crossovers.csv: a line a crossover; statements that have none, one line. Bandwidths in bits a
/// second, times in seconds.
[[nodiscard]] std::string crossovers_as_csv(const experiment::CrossoverRequest& request,
                                            const Findings& findings);

/// "SASG saves more than 10 % of Sparse's time".
[[nodiscard]] std::string in_words(const Statement& statement);

}  // namespace gradwire::commands
