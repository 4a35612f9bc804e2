#include "sim/protocols/gossip/gossip_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>

namespace gradwire::protocols {
namespace {

constexpr std::int64_t spot_check_factor = 4;

/// Whether an iteration that all began at rest leaves them at rest at one date: the engine's dates
/// are equal to the bit, since SimGrid makes one event of what is nearer than its precision.
bool ended_together(const GossipIteration& iteration) {
  return std::ranges::all_of(iteration.dates,
                             [&](const GossipDates& node) { return node.end == iteration.end; });
}

/// The same up to rounding of a relative 1e-9 and of the engine's clock, and up to the nanosecond
/// within which SimGrid makes one event of two, for each of a node's four activities.
bool agree(Seconds a, Seconds b, Seconds clock) {
  constexpr double relative = 1e-9, events = 4e-9, last_places = 4;
  const double absolute =
      events + last_places * std::numeric_limits<double>::epsilon() * clock.value;
  const double largest = std::max(std::abs(a.value), std::abs(b.value));
  return std::abs(a.value - b.value) <= relative * largest + absolute;
}

std::array<Seconds, 6> dates_of(const WorkerTimes& times) {
  return {times.compute.begin, times.compute.end,    times.uplink.begin,
          times.uplink.end,    times.handling.begin, times.handling.end};
}

bool agree(const cost::IterationTiming& a, const cost::IterationTiming& b, Seconds clock) {
  const auto same = [clock](Seconds one, Seconds other) { return agree(one, other, clock); };
  const auto same_dates = [&](const WorkerTimes& one, const WorkerTimes& other) {
    return one.upload == other.upload && std::ranges::equal(dates_of(one), dates_of(other), same);
  };
  return same(a.duration, b.duration) && std::ranges::equal(a.workers, b.workers, same_dates) &&
         same(a.busy.uplink, b.busy.uplink) && same(a.busy.compute, b.busy.compute) &&
         same(a.busy.server, b.busy.server) && a.ledger.uplink == b.ledger.uplink &&
         a.ledger.carried == b.ledger.carried;
}

}  // namespace

GossipRun::GossipRun(network::Simulation& simulation, const network::Platform& platform,
                     const Gossip& settings, IterationSource& iterations,
                     const OnIteration& on_iteration)
    : simulation_(simulation),
      platform_(platform),
      cost_model_(settings.cost_model),
      use_cache_(settings.use_cache && !platform.varies_in_time),
      iterations_(iterations),
      on_iteration_(on_iteration),
      nodes_(simulation, platform, settings.sends_first) {}

void GossipRun::coordinate() {
  do {
    nodes_.wait_for_news();
    while (const GossipIteration* ended = nodes_.ended()) finish(*ended);
    while (nodes_.some_wait() && !newest_is_last_) begin_next();
  } while (!newest_is_last_ || !nodes_.all_rest());
  ledger_ = simulated_ledger();
  ledger_ += remembered_;
  for (const SpotCheck& one : checks_) check(one);
  nodes_.stop();
  has_ended_ = true;
}

void GossipRun::begin_next() {
  const IterationWork& work = iterations_.next();
  if (work.exchanges.size() != 1) {
    throw std::logic_error("an iteration along edges that is not one exchange");
  }
  ++newest_;
  cost::GossipLoad load = cost_model_.gossip_load(work.exchanges.front(), work.parameters, newest_);
  GossipReport report(work, load, platform_);
  iterations_.finish();
  newest_is_last_ = iterations_.ended();
  if (const cost::IterationTiming* timing = known(load)) {
    return finish_from_memory(load, *timing, report);
  }
  GossipIteration iteration(newest_, std::move(load), platform_);
  iteration.began_at_rest = nodes_.all_rest();
  if (iteration.began_at_rest) before_ = simulated_ledger();
  reports_.push_back(std::move(report));
  nodes_.open(std::move(iteration));
}

const cost::IterationTiming* GossipRun::known(const cost::GossipLoad& load) const {
  return use_cache_ && nodes_.all_rest() ? known_.find(load) : nullptr;
}

void GossipRun::finish_from_memory(const cost::GossipLoad& load,
                                   const cost::IterationTiming& timing, const GossipReport& about) {
  from_memory_ += timing.duration;
  remembered_ += timing.ledger;
  note_spot_check(load, timing);
  finished_ += timing.duration;
  report(newest_, timing, about);
}

void GossipRun::finish(const GossipIteration& iteration) {
  cost::IterationTiming timing = simulated(iteration);
  const Seconds since_last = iteration.end + from_memory_ - finished_;
  for (Seconds* busy : {&timing.busy.uplink, &timing.busy.compute, &timing.busy.server}) {
    *busy = std::min(*busy, since_last);  // the sums are rounded
  }
  finished_ = iteration.end + from_memory_;
  if (use_cache_ && iteration.began_at_rest && ended_together(iteration)) {
    known_.add(iteration.load, timing);
  }
  report(iteration.number, timing, reports_.front());
  reports_.pop_front();
  nodes_.close();
}

cost::IterationTiming GossipRun::simulated(const GossipIteration& iteration) {
  cost::IterationTiming timing = iteration.timing();
  timing.busy = nodes_.busy();
  timing.ledger = simulated_ledger() - before_;
  return timing;
}

void GossipRun::report(std::int64_t iteration, const cost::IterationTiming& timing,
                       const GossipReport& about) {
  const std::array exchanges{
      ExchangeRecord{.begin = {}, .times = timing.workers, .parts = about.parts}};
  const bool goes_on = on_iteration_({.iteration = iteration,
                                      .finished = finished_,
                                      .communication = about.communication,
                                      .busy = timing.busy,
                                      .train = about.train,
                                      .duration = timing.duration,
                                      .exchanges = exchanges});
  if (!goes_on && !(newest_is_last_ && iteration == newest_)) {
    throw std::logic_error(
        fmt::format("a run along edges ends at iteration {}, which its source did not call the "
                    "last",
                    iteration));
  }
}

void GossipRun::note_spot_check(const cost::GossipLoad& load, const cost::IterationTiming& timing) {
  if (++remembered_count_ != next_check_) return;
  next_check_ *= spot_check_factor;
  if (std::ranges::find(checks_, &timing, &SpotCheck::known) != checks_.end()) return;
  checks_.push_back({.iteration = newest_, .load = load, .known = &timing});
}

void GossipRun::check(const SpotCheck& from_memory) {
  static_cast<void>(nodes_.busy());  // of what came before
  before_ = simulated_ledger();
  nodes_.open({++newest_, from_memory.load, platform_});
  while (!nodes_.ended() || !nodes_.all_rest()) nodes_.wait_for_news();
  const bool same =
      agree(*from_memory.known, simulated(*nodes_.ended()), network::Simulation::now());
  nodes_.close();
  if (same) return;
  throw std::logic_error(
      fmt::format("iteration {}, taken from memory, does not agree with its simulation",
                  from_memory.iteration));
}

}  // namespace gradwire::protocols
