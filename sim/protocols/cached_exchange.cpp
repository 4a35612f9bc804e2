#include "sim/protocols/cached_exchange.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
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
  Agreement(Seconds clock, Seconds slack)
      : absolute_(clock_tolerance * std::numeric_limits<double>::epsilon() * clock.value +
                  slack.value) {}

  /// `what` and, of a worker's quantity, its number are for the text of a difference.
  void compare(const char* what, Seconds composed, Seconds simulated,
               std::optional<std::size_t> worker = {}) {
    const double difference = std::abs(composed.value - simulated.value);
    const double largest = std::max(std::abs(composed.value), std::abs(simulated.value));
    if (difference > relative_tolerance * largest + absolute_) {
      note(what, worker, composed.value, simulated.value, "s");
    }
  }
  void compare(const char* what, Bytes composed, Bytes simulated,
               std::optional<std::size_t> worker = {}) {
    if (composed != simulated) note(what, worker, composed.value, simulated.value, "bytes");
  }
  /// Empty if they agree.
  [[nodiscard]] const std::string& difference() const { return difference_; }

 private:
  template <class T>
  void note(const char* what, std::optional<std::size_t> worker, T composed, T simulated,
            const char* unit) {
    if (!difference_.empty()) return;
    const std::string of = worker ? fmt::format(" of worker {}", *worker) : "";
    difference_ = fmt::format("{}{} is {} {} composed, {} {} simulated", what, of, composed, unit,
                              simulated, unit);
  }

  double absolute_;
  std::string difference_;
};

void compare(const cost::IterationTiming& composed, const cost::IterationTiming& simulated,
             Agreement& agreement) {
  agreement.compare("the duration", composed.duration, simulated.duration);
  for (std::size_t m = 0; m < composed.workers.size(); ++m) {
    const WorkerTimes &a = composed.workers[m], &b = simulated.workers[m];
    agreement.compare("the start of the download", a.downlink.begin, b.downlink.begin, m);
    agreement.compare("the end of the download", a.downlink.end, b.downlink.end, m);
    agreement.compare("the start of the computation", a.compute.begin, b.compute.begin, m);
    agreement.compare("the end of the computation", a.compute.end, b.compute.end, m);
    agreement.compare("the start of the upload", a.uplink.begin, b.uplink.begin, m);
    agreement.compare("the end of the upload", a.uplink.end, b.uplink.end, m);
    agreement.compare("the start of handling", a.handling.begin, b.handling.begin, m);
    agreement.compare("the end of handling", a.handling.end, b.handling.end, m);
    agreement.compare("the model", a.model, b.model, m);
    agreement.compare("the upload", a.upload, b.upload, m);
  }
  const BusySeconds &a = composed.busy, &b = simulated.busy;
  agreement.compare("the busy time of uploads", a.uplink, b.uplink);
  agreement.compare("the busy time of downloads", a.downlink, b.downlink);
  agreement.compare("the busy time of workers", a.compute, b.compute);
  agreement.compare("the busy time of auxiliary gradients", a.auxiliary_compute,
                    b.auxiliary_compute);
  agreement.compare("the busy time of the server", a.server, b.server);
  agreement.compare("the sum of uploads", composed.ledger.uplink, simulated.ledger.uplink);
  agreement.compare("the sum of downloads", composed.ledger.downlink, simulated.ledger.downlink);
  agreement.compare("the sum that was carried", composed.ledger.carried, simulated.ledger.carried);
}

}  // namespace

CachedExchange::CachedExchange(ExchangePattern& simulated, std::unique_ptr<TimingComposer> composer)
    : simulated_(simulated), composer_(std::move(composer)) {}

const cost::IterationTiming& CachedExchange::run(const cost::IterationLoad& load,
                                                 const ServerWork& server) {
  ++iteration_;
  const cost::IterationTiming& timing = find(load, server);
  now_ += timing.duration;
  return timing;
}

const cost::IterationTiming& CachedExchange::find(const cost::IterationLoad& load,
                                                  const ServerWork& server) {
  if (composer_->is_slow()) {
    if (const cost::IterationTiming* known = cache_.find(load)) return *known;
  }
  if (const cost::IterationTiming* composed = composer_->timing(load)) {
    if (++composed_count_ == next_check_) {
      next_check_ *= check_factor;
      checks_.push_back({iteration_, load, *composed});
    }
    return *composed;
  }
  if (const cost::IterationTiming* known = cache_.find(load)) return *known;
  ++count_;
  const cost::IterationTiming& simulated = simulated_.run(load, server);
  composer_->learn(load, simulated);
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
      simulated_.run(composed.load, [&](const Dropped&) { return composed.load.server; });
  Agreement agreement(simulated_.now(), composer_->slack());
  compare(composed.composed, simulated, agreement);
  if (agreement.difference().empty()) return;
  throw std::logic_error(
      fmt::format("iteration {}, composed from parts, does not agree with its simulation: {}",
                  composed.iteration, agreement.difference()));
}

}  // namespace gradwire::protocols
