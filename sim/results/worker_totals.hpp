#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/core/iteration_record.hpp"

namespace gradwire::results {

/// One row of workers.csv: one worker's sums over a run.
struct WorkerRow {
  std::int64_t worker = 0;
  Seconds compute;   ///< without a server, handling of uploads included
  Seconds uplink;    ///< 0 on the server's own host
  Seconds downlink;  ///< 0 on the server's own host
  Seconds waiting;   ///< the rest of the simulated time
  std::int64_t uploads = 0;
  std::int64_t skips = 0;
  Bytes uplink_wire;  ///< what crossed the network, skip flags included
  Bytes downlink_wire;
};

/// Sums iterations per worker. Memory: one row per worker.
class WorkerTotals {
 public:
  explicit WorkerTotals(std::size_t workers);
  void add(const IterationRecord& record);
  /// [M]
  [[nodiscard]] std::vector<WorkerRow> rows() const;
  /// workers.csv
  [[nodiscard]] std::string to_csv() const;

 private:
  void add(const WorkerTimes& times, bool skipped, WorkerRow& row);
  void add_client(const ClientTimes& times, WorkerRow& row);
  /// The same where there is no barrier.   begin: date of the iteration's begin
  void add_node(const WorkerTimes& times, Seconds begin, WorkerRow& row);

  std::vector<WorkerRow> rows_;  ///< `waiting` is not set
  /// [M], time in which a worker computed and communicated (buckets of a collective; gossip;
  /// asynchronous).
  std::vector<Seconds> overlap_;
  std::vector<Seconds> counted_;  ///< [M], gossip: date until which its messages are in its row
  Seconds simulated_;
};

}  // namespace gradwire::results
