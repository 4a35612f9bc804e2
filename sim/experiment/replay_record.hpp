#pragma once

#include <functional>

#include "sim/actors/iterations.hpp"
#include "sim/actors/parameter_server.hpp"
#include "sim/core/trace.hpp"
#include "sim/experiment/run_output.hpp"
#include "sim/experiment/scenario.hpp"
#include "sim/experiment/summary.hpp"

namespace gradwire::experiment {

/// Lets recorded iterations take their time, whoever says how long that is, until told that it is
/// enough; the books of their bytes.
using Play = std::function<actors::Books(actors::Iterations&, const actors::OnIteration&)>;

/// What all replays have in common: plays the iterations of `trace`, which must have been learned
/// under the scenario's settings (by `threads`), and records them. Throws InputError for a trace
/// that is of other settings or too short, std::logic_error where the books do not agree.
[[nodiscard]] Summary record_replay(const Scenario& scenario, TraceReader& trace, int threads,
                                    const RunOutput& output, const Play& play);

/// Holds three books of the same bytes against each other: what the algorithms' messages weigh
/// (summed by the recorder), what the channels were given, and what the network carried to its end:
/// SimGrid's model, or sockets. Throws std::logic_error.
void hold_books_together(const Communication& algorithms, const actors::Books& books);

}  // namespace gradwire::experiment
