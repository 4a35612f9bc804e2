#include "sim/protocols/parameter_server/cached_exchange.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>

namespace gradwire::protocols {
namespace {

constexpr std::int64_t check_factor = 4;
constexpr double relative_tolerance = 1e-9;
constexpr double clock_tolerance = 4;  ///< units in the last place of the engine's clock

/// Compares a simulated iteration with its composed timing; stores the first difference.
class Agreement {
 public:
  /// `clock`: date of the engine at the end of the simulated iteration.
  explicit Agreement(Seconds clock)
      : absolute_(clock_tolerance * std::numeric_limits<double>::epsilon() * clock.value) {}

  void seconds(const std::string& what, Seconds composed, Seconds simulated) {
    const double difference = std::abs(composed.value - simulated.value);
    const double largest = std::max(std::abs(composed.value), std::abs(simulated.value));
    if (difference <= relative_tolerance * largest + absolute_) return;
    note(fmt::format("{} is {} s composed, {} s simulated", what, composed.value, simulated.value));
  }
  void bytes(const std::string& what, Bytes composed, Bytes simulated) {
    if (composed == simulated) return;
    note(fmt::format("{}: {} bytes composed, {} simulated", what, composed.value, simulated.value));
  }
  void interval(const std::string& what, Interval composed, Interval simulated) {
    seconds("the start of " + what, composed.begin, simulated.begin);
    seconds("the end of " + what, composed.end, simulated.end);
  }
  /// Empty if they agree.
  [[nodiscard]] const std::string& difference() const { return difference_; }

 private:
  void note(std::string difference) {
    if (difference_.empty()) difference_ = std::move(difference);
  }

  double absolute_;
  std::string difference_;
};

void compare(const cost::IterationTiming& composed, const cost::IterationTiming& simulated,
             Agreement& agreement) {
  agreement.seconds("the duration", composed.duration, simulated.duration);
  for (std::size_t m = 0; m < composed.workers.size(); ++m) {
    const WorkerTimes &a = composed.workers[m], &b = simulated.workers[m];
    const std::string of = fmt::format(" of worker {}", m);
    agreement.interval("the download" + of, a.downlink, b.downlink);
    agreement.interval("the computation" + of, a.compute, b.compute);
    agreement.interval("the upload" + of, a.uplink, b.uplink);
    agreement.bytes("the model" + of, a.model, b.model);
    agreement.bytes("the upload" + of, a.upload, b.upload);
  }
  agreement.seconds("the busy time of uploads", composed.busy.uplink, simulated.busy.uplink);
  agreement.seconds("the busy time of downloads", composed.busy.downlink, simulated.busy.downlink);
  agreement.seconds("the busy time of workers", composed.busy.compute, simulated.busy.compute);
  agreement.seconds("the busy time of the server", composed.busy.server, simulated.busy.server);
  agreement.bytes("uploads", composed.ledger.uplink, simulated.ledger.uplink);
  agreement.bytes("downloads", composed.ledger.downlink, simulated.ledger.downlink);
  agreement.bytes("the network", composed.ledger.carried, simulated.ledger.carried);
}

}  // namespace

CachedExchange::CachedExchange(ExchangePattern& simulated, ComposedTiming composed)
    : simulated_(simulated), composed_(std::move(composed)) {}

const cost::IterationTiming& CachedExchange::run(const cost::IterationLoad& load,
                                                 const ServerWork& server) {
  ++iteration_;
  const cost::IterationTiming& timing = find(load, server);
  now_ += timing.duration;
  return timing;
}

const cost::IterationTiming& CachedExchange::find(const cost::IterationLoad& load,
                                                  const ServerWork& server) {
  if (const cost::IterationTiming* composed = composed_.timing(load)) {
    if (++composed_count_ == next_check_) {
      next_check_ *= check_factor;
      checks_.push_back({iteration_, load, server({}), *composed});
    }
    return *composed;
  }
  if (const cost::IterationTiming* known = cache_.find(load)) return *known;
  ++count_;
  const cost::IterationTiming& simulated = simulated_.run(load, server);
  composed_.learn(load, simulated);
  cache_.add(load, simulated);
  return simulated;
}

void CachedExchange::stop() {
  for (const SpotCheck& one : checks_) check(one);
  simulated_.stop();
}

void CachedExchange::check(const SpotCheck& composed) {
  ++count_;
  const cost::IterationTiming& simulated =
      simulated_.run(composed.load, [&](const Dropped&) { return composed.server; });
  Agreement agreement(simulated_.now());
  compare(composed.composed, simulated, agreement);
  if (agreement.difference().empty()) return;
  throw std::logic_error(
      fmt::format("iteration {}, composed from parts, does not agree with its simulation: {}",
                  composed.iteration, agreement.difference()));
}

}  // namespace gradwire::protocols
