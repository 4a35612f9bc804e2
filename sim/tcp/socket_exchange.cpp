#include "sim/tcp/socket_exchange.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "sim/core/error.hpp"
#include "sim/cost/busy_time.hpp"
#include "sim/tcp/transport/clock.hpp"

namespace gradwire::tcp {
namespace {

/// At least one byte, so that the arrival can be observed.
Bytes noticeable(Bytes size) { return std::max(size, Bytes{1}); }

double share_of(Flops part, Flops whole) {
  return whole.value > 0 ? part.value / whole.value : 0.0;
}

void leave_out_computation(cost::IterationLoad& load) {
  load.server = {};
  for (cost::WorkerLoad& worker : load.workers) {
    worker.compute = worker.auxiliary = worker.coding = {};
  }
}

}  // namespace

void require_supported(const protocols::ProtocolConfig& protocol) {
  if (!protocol.has_server()) {
    throw InputError(
        "protocol.kind",
        fmt::format("must be parameter_server to be played over TCP, where workers have no "
                    "connections to each other; got {}",
                    name_of(protocol.kind, protocols::protocol_choices)));
  }
  if (protocol.server_shards > 1) {
    throw InputError("protocol.server_shards",
                     fmt::format("must be 1 to be played over TCP, where workers have connections "
                                 "to a single server; got {}",
                                 protocol.server_shards));
  }
  if (protocol.broadcast == protocols::BroadcastKind::binomial) {
    throw InputError(
        "protocol.broadcast",
        "must be star or none to be played over TCP, where workers have no connections "
        "to each other; got binomial");
  }
  if (protocol.on_failure != protocols::OnFailure::stop) {
    throw InputError(
        "protocol.on_failure",
        fmt::format("must be stop to be played over TCP, where a worker that fails ends the run; "
                    "got {}",
                    name_of(protocol.on_failure, protocols::on_failure_choices)));
  }
}

SocketExchange::SocketExchange(WorkerPool& worker_pool, protocols::ProtocolConfig protocol,
                               Speeds speeds)
    : pool_(worker_pool),
      protocol_(std::move(protocol)),
      speeds_(std::move(speeds)),
      asked_(speeds_.workers.size()),
      received_before_(speeds_.workers.size()) {}

bool SocketExchange::is_remote(std::size_t m) const { return pool_.worker(m) != nullptr; }

const cost::IterationTiming& SocketExchange::run(const cost::IterationLoad& load,
                                                 const protocols::ServerWork& /*server*/) {
  if (!cost::all_take_part(load) || cost::downloads_differ(load)) {
    throw std::logic_error("real hosts that do not all receive the same message");
  }
  load_ = load;
  if (!speeds_.computes) leave_out_computation(load_);
  pool_.compare_clocks();
  announce();
  begin_ = tcp::now();
  broadcast();
  sequential() ? receive_in_turn() : receive_all();
  const Seconds all_there = tcp::now();
  if (load_.server.value > 0) {
    pool_.exchange().sleep_until(all_there + Seconds{load_.server.value / speeds_.server.value});
  }
  const Seconds end = tcp::now();
  newest_ = timing(end - begin_, reports());
  newest_.busy.server = end - all_there;
  finished_ += newest_.duration;
  return newest_;
}

Seconds SocketExchange::compute_seconds(std::size_t m) const {
  return {load_.workers[m].compute.value / speeds_.workers[m].value};
}

Bytes SocketExchange::model_on_the_line() const {
  return free_broadcast() ? Bytes{1} : noticeable(load_.model);
}

/// Sends all workers the parameters of their round, and waits until they are ready.
void SocketExchange::announce() {
  const Bytes model = model_on_the_line();
  pool_.for_each([&](std::size_t m, Stream& stream) {
    if (m >= speeds_.workers.size()) return;  // not in this run
    stream.send(frame(Round{.model = model,
                            .compute = compute_seconds(m),
                            .upload = noticeable(load_.workers[m].upload),
                            .asked = sequential()}));
  });
  pool_.for_each([&](std::size_t m, Stream& stream) {
    if (m >= speeds_.workers.size()) return;
    pool_.exchange().next_frame(stream, stream.peer() + " to be ready").expect(Kind::ready);
    stream.expect_payload(noticeable(load_.workers[m].upload));  // after the last frame
    received_before_[m] = stream.payload_received();
  });
}

void SocketExchange::broadcast() {
  const Bytes model = model_on_the_line();
  sent_down_ = {};
  pool_.for_each([&](std::size_t m, Stream& stream) {
    if (m >= speeds_.workers.size()) return;
    stream.send_payload(model);
    if (!free_broadcast()) sent_down_ += load_.model;
  });
}

void SocketExchange::receive_in_turn() {
  for (std::size_t m = 0; m < speeds_.workers.size(); ++m) {
    asked_[m] = tcp::now();
    if (Stream* stream = pool_.worker(m)) stream->send(frame(Kind::go));
    await_upload(m);
  }
}

void SocketExchange::receive_all() {
  std::ranges::fill(asked_, begin_);
  for (std::size_t m = 0; m < speeds_.workers.size(); ++m) await_upload(m);
}

void SocketExchange::await_upload(std::size_t m) {
  const Seconds computed = begin_ + compute_seconds(m);
  Stream* stream = pool_.worker(m);
  if (stream == nullptr) return pool_.exchange().sleep_until(computed);
  pool_.exchange().until([&] { return stream->payload_complete(); },
                         [&] { return "the upload of " + stream->peer(); }, computed);
}

std::vector<Times> SocketExchange::reports() {
  std::vector<Times> result(speeds_.workers.size());
  const Bytes model = model_on_the_line();
  pool_.for_each([&](std::size_t m, Stream& stream) {
    if (m < result.size()) stream.send(frame(Kind::report));
  });
  pool_.for_each([&](std::size_t m, Stream& stream) {
    if (m >= result.size()) return;
    result[m] = pool_.exchange().next_frame(stream, "the report of " + stream.peer()).times();
    require_received(model, result[m], stream);
  });
  return result;
}

/// A worker that is colocated with the server has no transfers.
WorkerTimes SocketExchange::times_of(std::size_t m, const Times& report) {
  const cost::WorkerLoad& load = load_.workers[m];
  const Seconds compute = compute_seconds(m);
  const double share = share_of(load.auxiliary, load.compute);
  WorkerTimes times{.downlink = {},
                    .compute = {{}, compute},
                    .uplink = {compute, compute},
                    .auxiliary = share * compute,
                    .model = free_broadcast() ? Bytes{0} : load_.model,
                    .upload = load.upload,
                    .remote = is_remote(m)};
  const Stream* stream = pool_.worker(m);
  if (stream == nullptr) return times;
  // The clocks agree only to within a round trip: clamp, so that nothing ends before it begins.
  const Seconds end = stream->payload_arrival() - begin_;
  const auto since_begin = [&](Seconds theirs, Seconds earliest) {
    return std::min(std::max(pool_.to_server_clock(m, theirs) - begin_, earliest), end);
  };
  const Seconds there = since_begin(report.model_arrival, {});
  const Seconds computed = since_begin(report.computed, there);
  const Seconds begin = std::min(std::max(computed, asked_[m] - begin_), end);
  times.downlink = {free_broadcast() ? there : Seconds{}, there};
  times.compute = {there, computed};
  times.uplink = {begin, end};
  times.auxiliary = share * (computed - there);
  return times;
}

cost::IterationTiming SocketExchange::timing(Seconds duration, const std::vector<Times>& reports) {
  cost::IterationTiming timing{.duration = duration, .workers = {}};
  cost::WorkersBusy busy;
  for (std::size_t m = 0; m < reports.size(); ++m) {
    const WorkerTimes times = times_of(m, reports[m]);
    timing.workers.push_back(times);
    const cost::WorkerLoad& load = load_.workers[m];
    const Seconds computing = times.compute.end - times.compute.begin;
    busy.add(times, share_of(load.coding, load.compute) * computing);
    if (!times.remote) continue;
    const Bytes came_up = pool_.worker(m)->payload_received() - received_before_[m];
    timing.ledger.uplink += std::min(came_up, times.upload);  // without the byte of noticeable()
    timing.ledger.carried += std::min(came_up, times.upload);
    timing.ledger.carried += std::min(reports[m].received, times.model);
  }
  timing.ledger.downlink = sent_down_;
  timing.busy = busy.total();
  return timing;
}

}  // namespace gradwire::tcp
