#pragma once

#include <functional>

#include "sim/core/iteration_source.hpp"
#include "sim/protocols/drive.hpp"
#include "sim/results/run_output.hpp"
#include "sim/results/summary.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/trace/trace.hpp"

namespace gradwire::run {

/// Plays iterations, simulated or measured, until OnIteration returns false; returns the ledger of
/// their bytes.
using PlayFunction =
    std::function<cost::ByteLedger(IterationSource&, const protocols::OnIteration&)>;

/// Common part of all replays: plays the iterations of `trace`, which must have been trained under
/// the scenario's settings (on `threads` threads), and records them. Throws InputError for a trace
/// that is of other settings or too short, std::logic_error if the byte counts disagree.
[[nodiscard]] results::Summary record_replay(const scenario::Scenario& scenario, TraceReader& trace,
                                             int threads, const results::RunSink& output,
                                             const PlayFunction& play);

/// Compares three counts of the same bytes: the sizes of the algorithms' messages (summed by the
/// recorder), what the channels were given, and what the network delivered: SimGrid's model, or
/// sockets. Throws std::logic_error if they differ.
void check_conservation(const Communication& algorithms, const cost::ByteLedger& ledger);

}  // namespace gradwire::run
