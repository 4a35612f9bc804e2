#include "sim/protocols/all_reduce/collective_timing.hpp"

#include <algorithm>

#include "sim/cost/busy_time.hpp"

namespace gradwire::protocols {

cost::IterationTiming timing_of(const cost::IterationLoad& load,
                                const std::vector<NodeDates>& dates) {
  cost::IterationTiming timing{.duration = {}, .workers = {}};
  cost::WorkersBusy busy;
  cost::BusyTime handling;
  for (std::size_t m = 0; m < dates.size(); ++m) {
    const NodeDates& node = dates[m];
    const cost::WorkerLoad& worker = load.workers[m];
    const WorkerTimes times{
        .downlink = {},
        .compute = node.compute,
        .uplink = {node.first_transfer, node.end_of_collective},
        .auxiliary = cost::part_of_computing(worker, node.compute, worker.auxiliary),
        .model = {},
        .upload = node.sent,
        .remote = true,
        .resent = {},
        .handling = {node.end_of_collective, node.end},
        .in_collective = true};
    busy.add(times, cost::part_of_computing(worker, node.compute, worker.coding));
    handling.add(times.handling);
    timing.duration = std::max(timing.duration, node.end);
    timing.workers.push_back(times);
  }
  timing.busy = busy.total();
  timing.busy.server = handling.total();
  return timing;
}

}  // namespace gradwire::protocols
