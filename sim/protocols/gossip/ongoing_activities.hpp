#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "sim/core/units.hpp"
#include "sim/cost/busy_time.hpp"
#include "sim/network/transfer.hpp"

namespace gradwire::protocols {

/// The time in which at least one of a node's computations was under way, of computations whose
/// begin and end are told when they happen. Reports do not overlap.
class OngoingComputations {
 public:
  void begin(Seconds now) {
    if (under_way_++ == 0) since_ = now;
  }
  void end(Seconds now) {
    if (--under_way_ == 0) busy_ += now - since_;
  }
  /// Since the last report.
  [[nodiscard]] Seconds report(Seconds now) {
    if (under_way_ > 0) {
      busy_ += now - since_;
      since_ = now;
    }
    return std::exchange(busy_, {});
  }

 private:
  int under_way_ = 0;
  Seconds since_;  ///< if one is under way: the time before is in busy_ or reported
  Seconds busy_;
};

/// The same of transfers, whose ends nobody tells. Several at a time count once.
class OngoingTransfers {
 public:
  void add(network::Transfer transfer) { transfers_.push_back(std::move(transfer)); }
  [[nodiscard]] Seconds report(Seconds now) {
    cost::BusyTime busy;
    for (const network::Transfer& transfer : transfers_) {
      const Seconds end = transfer.has_ended() ? transfer.ended() : now;
      busy.add({std::max(transfer.began(), reported_), std::min(end, now)});
    }
    std::erase_if(transfers_, [](const network::Transfer& one) { return one.has_ended(); });
    reported_ = now;
    return busy.total();
  }

 private:
  std::vector<network::Transfer> transfers_;  ///< not reported to their end
  Seconds reported_;                          ///< date of the last report
};

}  // namespace gradwire::protocols
