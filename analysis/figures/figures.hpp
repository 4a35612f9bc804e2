#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "analysis/figures/figure.hpp"
#include "analysis/results/timeline.hpp"
#include "analysis/study/curve.hpp"

namespace gradwire::analysis {

/// Style of each series label, the same in every figure; the methods of methods() have the
/// first ones.
using StyleMap = std::map<std::string, std::size_t>;
[[nodiscard]] StyleMap styles_of(const Study& study);

/// Neighbouring entries of a list.
struct Part {
  std::size_t first = 0, count = 0;

  [[nodiscard]] std::size_t end() const { return first + count; }
};

/// Figures that could be drawn, and notes on those that could not.
struct Figures {
  std::vector<Figure> drawn;
  std::size_t what_if_count = 0;  ///< leading entries of `drawn` that a what-if study is about
  Part pays;                      ///< entries of `drawn` that show which method pays
  std::vector<std::string> notes;
};

/// Adds simulated time to the baseline against bandwidth, latency, the number of workers and the
/// time of a gradient, where they were swept.
void add_network(const Study& study, const StyleMap& styles, Figures& figures);

/// Adds the time of an epoch and the speed-up against the number of workers, where that was swept:
/// one line per method and order of exchanges. Speed-ups are relative to the reference method with
/// the fewest workers.
void add_scaling(const Study& study, Figures& figures);

/// Adds final accuracy against bits, bytes and simulated time: once where settings do not change
/// the numbers, else once a setting.
void add_pareto(const Study& study, const StyleMap& styles, Figures& figures);

/// Adds, of decentralised methods, each graph once; distance to consensus and accuracy of nodes
/// against epochs (with the share of entries that are not 0 where an l1 norm is on) and against
/// simulated time.
void add_gossip(const Study& study, const std::vector<PanelCurves>& curves, const StyleMap& styles,
                Figures& figures);

/// Adds, of asynchronous methods, the share of pushes by staleness: a chart per setting.
void add_staleness(const Study& study, const StyleMap& styles, Figures& figures);

/// Adds what the workers of runs that recorded it did over simulated time: a chart for the first
/// such run of each method in each setting, a row per worker.
void add_worker_timelines(const Study& study, std::span<const RunTimeline> timelines,
                          Figures& figures);

}  // namespace gradwire::analysis
