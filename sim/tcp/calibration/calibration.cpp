#include "sim/tcp/calibration/calibration.hpp"

#include <algorithm>

#include "sim/tcp/transport/clock.hpp"

namespace gradwire::tcp {
namespace {

constexpr int round_trips = 51;

Seconds median(std::vector<Seconds> times) {
  std::ranges::sort(times);
  const std::size_t half = times.size() / 2;
  return times.size() % 2 == 1 ? times[half] : 0.5 * (times[half - 1] + times[half]);
}

class Measurement {
 public:
  explicit Measurement(WorkerPool& worker_pool)
      : loop_(worker_pool.exchange()), worker_(*worker_pool.worker(0)) {}

  Seconds ping() {
    const Seconds begin = now();
    worker_.send(frame(Kind::ping));
    static_cast<void>(next("an answer to a ping").pong());
    return now() - begin;
  }

  Seconds upload(Bytes size) {
    announce({.model = {1}, .compute = {}, .upload = size, .asked = true});
    worker_.send_payload({1});
    // The worker answers the ping only when it waits for Kind::go.
    static_cast<void>(ping());
    worker_.expect_payload(size);
    const Seconds begin = now();
    worker_.send(frame(Kind::go));
    return finish(begin, {1});
  }

  Seconds download(Bytes size) {
    announce({.model = size, .compute = {}, .upload = {1}, .asked = false});
    worker_.expect_payload({1});
    const Seconds begin = now();
    worker_.send_payload(size);
    return finish(begin, size);
  }

 private:
  Frame next(const char* what) { return loop_.next_frame(worker_, what); }

  void announce(const Round& round) {
    worker_.send(frame(round));
    next("the other side to be ready").expect(Kind::ready);
  }

  Seconds finish(Seconds begin, Bytes model) {
    loop_.until([&] { return worker_.payload_complete(); }, [] { return "a message"; });
    worker_.send(frame(Kind::report));
    require_received(model, next("a report").times(), worker_);
    return worker_.payload_arrival() - begin;
  }

  EventLoop& loop_;
  Stream& worker_;
};

/// Measures one size repeatedly, as the plan allows.
template <class Once>
SizeTimes repeated(Bytes size, const CalibrationPlan& plan, Once once) {
  std::vector<Seconds> times;
  Seconds spent;
  const auto enough = [&] {
    const int count = static_cast<int>(times.size());
    return count >= plan.most_repeats || (count >= plan.fewest_repeats && spent > plan.time_a_size);
  };
  while (!enough()) {
    times.push_back(once(size));
    spent += times.back();
  }
  return {.size = size,
          .median = median(times),
          .fastest = *std::ranges::min_element(times),
          .repeats = static_cast<int>(times.size())};
}

/// Whether a message at the rate of the longest one so far would take too long.
bool too_long(Bytes size, const std::vector<SizeTimes>& measured, const CalibrationPlan& plan) {
  if (measured.size() < 2) return false;
  const SizeTimes& last = measured.back();
  const double times = static_cast<double>(size.value) / static_cast<double>(last.size.value);
  return times * last.median.value > plan.longest.value && last.size.value >= 10'000;
}

}  // namespace

std::vector<Bytes> calibration_sizes(Bytes largest) {
  std::vector<Bytes> sizes;
  for (const std::int64_t size : {1, 100, 1'000, 3'000, 10'000, 30'000, 100'000, 300'000, 1'000'000,
                                  3'000'000, 10'000'000, 30'000'000, 100'000'000, 300'000'000}) {
    if (size < largest.value) sizes.push_back({size});
  }
  sizes.push_back(largest);
  return sizes;
}

Calibration calibrate(WorkerPool& worker_pool, const CalibrationPlan& plan,
                      const std::function<void(Bytes)>& progress) {
  Measurement measurement(worker_pool);
  Calibration result;
  std::vector<Seconds> pings;
  for (int i = 0; i < round_trips; ++i) pings.push_back(measurement.ping());
  result.round_trip = median(pings);
  for (const Bytes size : calibration_sizes(plan.largest)) {
    if (too_long(size, result.uplink, plan) || too_long(size, result.downlink, plan)) {
      result.left_out.push_back(size);
      continue;
    }
    progress(size);
    result.uplink.push_back(repeated(size, plan, [&](Bytes n) { return measurement.upload(n); }));
    result.downlink.push_back(
        repeated(size, plan, [&](Bytes n) { return measurement.download(n); }));
  }
  return result;
}

}  // namespace gradwire::tcp
