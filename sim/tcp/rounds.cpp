#include "sim/tcp/rounds.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sim/actors/busy_time.hpp"
#include "sim/core/error.hpp"
#include "sim/tcp/clock.hpp"

namespace gradwire::tcp {
namespace {

/// Something must come to be noticed.
Bytes noticeable(Bytes size) { return std::max(size, Bytes{1}); }

double share_of(Flops part, Flops whole) {
  return whole.value > 0 ? part.value / whole.value : 0.0;
}

}  // namespace

void require_playable(const actors::ProtocolConfig& protocol) {
  if (protocol.broadcast == "binomial") {
    throw InputError(
        "protocol.broadcast",
        "must be star or none to be played over TCP, where workers have no connections "
        "to each other; got binomial");
  }
  if (protocol.on_failure != "stop") {
    throw InputError("protocol.on_failure",
                     "must be stop to be played over TCP, where a worker that fails ends the run; "
                     "got " +
                         protocol.on_failure);
  }
}

Rounds::Rounds(Party& party, actors::ProtocolConfig protocol, Speeds speeds)
    : party_(party),
      protocol_(std::move(protocol)),
      speeds_(std::move(speeds)),
      asked_(speeds_.workers.size()),
      received_before_(speeds_.workers.size()) {}

actors::IterationTiming Rounds::play(const actors::IterationLoad& load) {
  load_ = &load;
  party_.compare_clocks();
  announce();
  begin_ = now();
  broadcast();
  sequential() ? receive_in_turn() : receive_all();
  const Seconds all_there = now();
  if (load.server.value > 0) {
    party_.exchange().sleep_until(all_there + Seconds{load.server.value / speeds_.server.value});
  }
  const Seconds end = now();
  actors::IterationTiming result = timing(end - begin_, reports());
  result.busy.server = end - all_there;
  return result;
}

Seconds Rounds::compute_seconds(std::size_t m) const {
  return {load_->workers[m].compute.value / speeds_.workers[m].value};
}

Bytes Rounds::model_on_the_line() const {
  return free_broadcast() ? Bytes{1} : noticeable(load_->model);
}

/// Everybody knows what comes, and waits for it.
void Rounds::announce() {
  const Bytes model = model_on_the_line();
  party_.for_each([&](std::size_t m, Stream& stream) {
    if (m >= speeds_.workers.size()) return;  // of another run
    stream.send(frame(Round{.model = model,
                            .compute = compute_seconds(m),
                            .upload = noticeable(load_->workers[m].upload),
                            .asked = sequential()}));
  });
  party_.for_each([&](std::size_t m, Stream& stream) {
    if (m >= speeds_.workers.size()) return;
    party_.exchange().next_frame(stream, stream.peer() + " to be ready").expect(Kind::ready);
    stream.expect_payload(noticeable(load_->workers[m].upload));  // after the last frame
    received_before_[m] = stream.payload_received();
  });
}

void Rounds::broadcast() {
  const Bytes model = model_on_the_line();
  sent_down_ = {};
  party_.for_each([&](std::size_t m, Stream& stream) {
    if (m >= speeds_.workers.size()) return;
    stream.send_payload(model);
    if (!free_broadcast()) sent_down_ += load_->model;
  });
}

void Rounds::receive_in_turn() {
  for (std::size_t m = 0; m < speeds_.workers.size(); ++m) {
    asked_[m] = now();
    if (Stream* stream = party_.worker(m)) stream->send(frame(Kind::go));
    await_upload(m);
  }
}

void Rounds::receive_all() {
  std::ranges::fill(asked_, begin_);
  for (std::size_t m = 0; m < speeds_.workers.size(); ++m) await_upload(m);
}

void Rounds::await_upload(std::size_t m) {
  const Seconds computed = begin_ + compute_seconds(m);
  Stream* stream = party_.worker(m);
  if (stream == nullptr) return party_.exchange().sleep_until(computed);
  party_.exchange().until([&] { return stream->payload_is_here(); },
                          [&] { return "the upload of " + stream->peer(); }, computed);
}

std::vector<Times> Rounds::reports() {
  std::vector<Times> result(speeds_.workers.size());
  const Bytes model = model_on_the_line();
  party_.for_each([&](std::size_t m, Stream& stream) {
    if (m < result.size()) stream.send(frame(Kind::report));
  });
  party_.for_each([&](std::size_t m, Stream& stream) {
    if (m >= result.size()) return;
    result[m] = party_.exchange().next_frame(stream, "the report of " + stream.peer()).times();
    require_received(model, result[m], stream);
  });
  return result;
}

/// Of a worker that lives with the server nothing is on the way at any time.
WorkerTimes Rounds::times_of(std::size_t m, const Times& report) {
  const actors::WorkerLoad& load = load_->workers[m];
  const Seconds compute = compute_seconds(m);
  const double share = share_of(load.auxiliary, load.compute);
  WorkerTimes times{.downlink = {},
                    .compute = {{}, compute},
                    .uplink = {compute, compute},
                    .auxiliary = share * compute,
                    .model = free_broadcast() ? Bytes{0} : load_->model,
                    .upload = load.upload};
  const Stream* stream = party_.worker(m);
  if (stream == nullptr) return times;
  // The clocks are compared to within a round trip: nothing may end before it began for that.
  const Seconds end = stream->payload_came() - begin_;
  const auto since_begin = [&](Seconds theirs, Seconds earliest) {
    return std::min(std::max(party_.by_our_clock(m, theirs) - begin_, earliest), end);
  };
  const Seconds there = since_begin(report.model_there, {});
  const Seconds computed = since_begin(report.computed, there);
  const Seconds begin = std::min(std::max(computed, asked_[m] - begin_), end);
  times.downlink = {free_broadcast() ? there : Seconds{}, there};
  times.compute = {there, computed};
  times.uplink = {begin, end};
  times.auxiliary = share * (computed - there);
  return times;
}

actors::IterationTiming Rounds::timing(Seconds duration, const std::vector<Times>& reports) {
  actors::IterationTiming timing{.duration = duration, .workers = {}};
  actors::WorkersBusy busy;
  for (std::size_t m = 0; m < reports.size(); ++m) {
    const WorkerTimes times = times_of(m, reports[m]);
    timing.workers.push_back(times);
    const actors::WorkerLoad& load = load_->workers[m];
    const Seconds computing = times.compute.end - times.compute.begin;
    const bool remote = party_.worker(m) != nullptr;
    busy.add(times, share_of(load.coding, load.compute) * computing, remote);
    if (!remote) continue;
    const Bytes came_up = party_.worker(m)->payload_received() - received_before_[m];
    timing.books.uplink += std::min(came_up, times.upload);  // without what made it noticeable
    timing.books.carried += std::min(came_up, times.upload);
    timing.books.carried += std::min(reports[m].received, times.model);
  }
  timing.books.downlink = sent_down_;
  timing.busy = busy.total();
  return timing;
}

}  // namespace gradwire::tcp
