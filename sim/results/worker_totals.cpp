#include "sim/results/worker_totals.hpp"

#include <algorithm>

#include "sim/results/columns.hpp"

namespace gradwire::results {
namespace {

Seconds length_of(Interval interval) { return interval.end - interval.begin; }

Seconds overlap_of(Interval a, Interval b) {
  return std::max(std::min(a.end, b.end) - std::max(a.begin, b.begin), Seconds{0});
}

}  // namespace

WorkerTotals::WorkerTotals(std::size_t workers)
    : rows_(workers), overlap_(workers), counted_(workers) {
  for (std::size_t m = 0; m < workers; ++m) rows_[m].worker = static_cast<std::int64_t>(m);
}

void WorkerTotals::add(const IterationRecord& record) {
  simulated_ = record.finished;
  for (std::size_t m = 0; m < record.clients.size() && m < rows_.size(); ++m) {
    add_client(record.clients[m], rows_[m]);
  }
  for (const ExchangeRecord& exchange : record.exchanges) {
    for (std::size_t m = 0; m < rows_.size(); ++m) {
      const Part& part = exchange.parts[m];
      const WorkerTimes& times = exchange.times[m];
      if (times.along_edges) {
        add_node(times, record.finished - record.duration, rows_[m]);
      } else if (part.takes_part) {
        add(times, part.skipped, rows_[m]);
      }
    }
  }
}

void WorkerTotals::add(const WorkerTimes& times, bool skipped, WorkerRow& row) {
  row.compute += length_of(times.compute) + length_of(times.handling);
  if (!times.dropped) ++(skipped ? row.skips : row.uploads);
  if (!times.remote) return;
  row.uplink += length_of(times.uplink);
  overlap_[static_cast<std::size_t>(row.worker)] += overlap_of(times.compute, times.uplink);
  row.downlink += length_of(times.downlink);
  row.uplink_wire += times.upload;
  row.downlink_wire += times.model + times.resent;
}

void WorkerTotals::add_client(const ClientTimes& times, WorkerRow& row) {
  row.compute += times.compute;
  row.uplink += times.uplink;
  row.downlink += times.downlink;
  overlap_[static_cast<std::size_t>(row.worker)] +=
      times.compute + times.uplink + times.downlink - times.busy;
  row.uploads += times.pushes;
  row.uplink_wire += times.uploaded;
  row.downlink_wire += times.downloaded;
}

/// Spans of messages of one iteration and the next overlap, and each other's computations. What
/// follows from it: a node waits from when it has computed until a message to or from it moves.
void WorkerTotals::add_node(const WorkerTimes& times, Seconds begin, WorkerRow& row) {
  const auto m = static_cast<std::size_t>(row.worker);
  const Seconds until = begin + times.uplink.end;
  const Seconds messages =
      std::max(until - std::max(begin + times.uplink.begin, counted_[m]), Seconds{0});
  const Seconds in_messages =
      times.handling.begin -
      std::clamp(times.uplink.begin, times.compute.end, times.handling.begin);
  counted_[m] = std::max(counted_[m], until);
  row.compute += length_of(times.compute) + length_of(times.handling);
  row.uplink += messages;
  overlap_[m] += messages - in_messages;
  row.uploads += times.messages;
  row.uplink_wire += times.upload;
}

std::vector<WorkerRow> WorkerTotals::rows() const {
  std::vector<WorkerRow> rows = rows_;
  for (WorkerRow& row : rows) {
    const Seconds rest = simulated_ - row.compute - row.uplink - row.downlink +
                         overlap_[static_cast<std::size_t>(row.worker)];
    row.waiting = std::max(rest, Seconds{0});  // the sums are rounded
  }
  return rows;
}

std::string WorkerTotals::to_csv() const {
  std::vector<std::string> cells;
  for (const WorkerColumn& column : worker_columns()) cells.push_back(column.about.name);
  std::string text = csv_line(cells);
  for (const WorkerRow& row : rows()) {
    cells.clear();
    for (const WorkerColumn& column : worker_columns()) cells.push_back(text_of(column.value(row)));
    text += csv_line(cells);
  }
  return text;
}

}  // namespace gradwire::results
