#include "sim/tcp/party.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "sim/core/error.hpp"
#include "sim/tcp/clock.hpp"
#include "sim/tcp/gathering.hpp"

namespace gradwire::tcp {
namespace {

/// Clocks drift apart by some 10 ppm: 50 microseconds in that time.
constexpr Seconds between_comparisons{5};
/// And no more than this share of the time goes into comparing.
constexpr double share_of_time = 0.05;
constexpr int pings = 8;
/// A line takes the last words at once, unless somebody does not read.
constexpr Seconds longest_farewell{5};

}  // namespace

void require_received(Bytes model, const Times& report, const Stream& worker) {
  if (report.received == model) return;
  throw SystemError(fmt::format("{} reports {} bytes of a model of {}", worker.peer(),
                                report.received.value, model.value));
}

Party::Party(Listener& listener, Invitation invitation, Patience patience, const Tell& tell)
    : exchange_(std::make_unique<Exchange>(patience)),
      offsets_(invitation.workers),
      round_trips_(invitation.workers) {
  workers_ = Gathering(listener, std::move(invitation), std::move(patience), tell).all();
  for_each([&](std::size_t, Stream& stream) { exchange_->add(stream); });
}

void Party::compare_clocks() {
  const Seconds begin = now();
  if (begin < next_comparison_) return;
  std::ranges::fill(round_trips_, Seconds{std::numeric_limits<double>::infinity()});
  for (int i = 0; i < pings; ++i) ping_all();
  const Seconds end = now();
  next_comparison_ = end + std::max(between_comparisons, (1 / share_of_time) * (end - begin));
}

/// Of several pings, the fastest says most about the clock: it waited nowhere.
void Party::ping_all() {
  for_each([&](std::size_t m, Stream& stream) {
    const Seconds sent = now();
    stream.send(frame(Kind::ping));
    const Seconds theirs = exchange_->next_frame(stream, stream.peer()).pong();
    const Seconds round_trip = now() - sent;
    if (round_trip >= round_trips_[m]) return;
    round_trips_[m] = round_trip;
    offsets_[m] = theirs - (sent + 0.5 * round_trip);
  });
}

Seconds Party::round_trip() const {
  std::vector<Seconds> known;
  for (std::size_t m = 0; m < workers_.size(); ++m) {
    if (workers_[m]) known.push_back(round_trips_[m]);
  }
  if (known.empty()) return {};
  std::ranges::sort(known);
  return known[known.size() / 2];
}

void Party::finish(const std::string& for_people, const std::string& for_files) {
  for_each([&](std::size_t, Stream& stream) {
    try {
      if (!stream.closed()) stream.send(finish_frame(for_people, for_files));
    } catch (const SystemError&) {  // it is gone, and all is done
    }
  });
  exchange_->send_rest(longest_farewell);
}

}  // namespace gradwire::tcp
