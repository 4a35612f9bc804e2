#pragma once

#include <array>
#include <cstddef>
#include <utility>

#include "sim/core/iteration_record.hpp"
#include "sim/core/units.hpp"

namespace gradwire::protocols {

/// The time in which a client computes and communicates, of activities whose begin and end are told
/// when they happen. Reports do not overlap.
class ClientClock {
 public:
  enum Activity : std::size_t { compute, uplink, downlink };

  void begin(Activity activity, Seconds now) {
    advance(now);
    ++under_way_[activity];
  }
  void end(Activity activity, Seconds now) {
    advance(now);
    --under_way_[activity];
  }
  /// All activities are broken off.
  void stop(Seconds now) {
    advance(now);
    under_way_ = {};
  }
  /// Since the last report; the other members of the result are added elsewhere.
  [[nodiscard]] ClientTimes report(Seconds now) {
    advance(now);
    return std::exchange(times_, {});
  }

 private:
  void advance(Seconds now) {
    const Seconds passed = now - std::exchange(since_, now);
    if (under_way_[compute] > 0) times_.compute += passed;
    if (under_way_[uplink] > 0) times_.uplink += passed;
    if (under_way_[downlink] > 0) times_.downlink += passed;
    if (under_way_[compute] + under_way_[uplink] + under_way_[downlink] > 0) times_.busy += passed;
  }

  std::array<int, 3> under_way_{};
  Seconds since_;
  ClientTimes times_;
};

}  // namespace gradwire::protocols
