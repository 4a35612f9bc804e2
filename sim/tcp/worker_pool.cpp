#include "sim/tcp/worker_pool.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "sim/core/error.hpp"
#include "sim/tcp/handshake.hpp"
#include "sim/tcp/transport/clock.hpp"

namespace gradwire::tcp {
namespace {

/// Clocks drift by about 10 ppm: 50 microseconds in this time.
constexpr Seconds between_comparisons{5};
/// Upper bound of the share of time spent on comparisons.
constexpr double share_of_time = 0.05;
constexpr int pings = 8;
/// The final frames are sent at once unless a peer does not read.
constexpr Seconds longest_farewell{5};

}  // namespace

void require_received(Bytes model, const Times& report, const Stream& worker) {
  if (report.received == model) return;
  throw SystemError(fmt::format("{} reports {} bytes of a model of {}", worker.peer(),
                                report.received.value, model.value));
}

WorkerPool::WorkerPool(Listener& listener, ExpectedWorkers expected, Timeouts timeouts,
                       const Tell& tell)
    : loop_(std::make_unique<EventLoop>(timeouts)),
      offsets_(expected.workers),
      round_trips_(expected.workers) {
  workers_ = Handshake(listener, std::move(expected), std::move(timeouts), tell).all();
  for_each([&](std::size_t, Stream& stream) { loop_->add(stream); });
}

void WorkerPool::compare_clocks() {
  const Seconds begin = now();
  if (begin < next_comparison_) return;
  std::ranges::fill(round_trips_, Seconds{std::numeric_limits<double>::infinity()});
  for (int i = 0; i < pings; ++i) ping_all();
  const Seconds end = now();
  next_comparison_ = end + std::max(between_comparisons, (1 / share_of_time) * (end - begin));
}

/// The fastest of several pings gives the best estimate of the offset: it was not delayed.
void WorkerPool::ping_all() {
  for_each([&](std::size_t m, Stream& stream) {
    const Seconds sent = now();
    stream.send(frame(Kind::ping));
    const Seconds theirs = loop_->next_frame(stream, stream.peer()).pong();
    const Seconds round_trip = now() - sent;
    if (round_trip >= round_trips_[m]) return;
    round_trips_[m] = round_trip;
    offsets_[m] = theirs - (sent + 0.5 * round_trip);
  });
}

Seconds WorkerPool::round_trip() const {
  std::vector<Seconds> known;
  for (std::size_t m = 0; m < workers_.size(); ++m) {
    if (workers_[m]) known.push_back(round_trips_[m]);
  }
  if (known.empty()) return {};
  std::ranges::sort(known);
  return known[known.size() / 2];
}

void WorkerPool::finish(const std::string& user_text, const std::string& file_text) {
  for_each([&](std::size_t, Stream& stream) {
    try {
      if (!stream.closed()) stream.send(finish_frame(user_text, file_text));
    } catch (const SystemError&) {  // the peer is gone; nothing is left to do
    }
  });
  loop_->send_rest(longest_farewell);
}

}  // namespace gradwire::tcp
