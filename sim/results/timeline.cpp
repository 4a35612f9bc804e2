#include "sim/results/timeline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace gradwire::results {
namespace {

constexpr double microseconds = 1e6;

std::string thread_name(int thread, const std::string& name) {
  return fmt::format(R"({{"ph":"M","name":"thread_name","pid":1,"tid":{},"args":{{"name":"{}"}}}})",
                     thread, name);
}

const char* name_of_transfer(const WorkerTimes& times, bool skipped) {
  if (times.dropped) return "broken off";
  if (times.in_collective) return "collective";
  return skipped ? "skip flag" : "upload";
}

}  // namespace

Timeline::Timeline(int workers, Write write, Pattern pattern, int server_shards)
    : workers_(workers),
      shards_(server_shards),
      first_shard_((pattern == Pattern::asynchronous ? 1 + server_shards : 1) * workers + 1),
      write_(std::move(write)),
      whole_(pattern == Pattern::without_server ? "iteration" : "server") {
  text_ = "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n" + thread_name(0, whole_);
  for (int m = 0; m < workers; ++m) {
    text_ += ",\n" + thread_name(m + 1, fmt::format("worker {}", m));
    if (pattern != Pattern::asynchronous) continue;
    for (int s = 0; s < server_shards; ++s) {
      const std::string to = server_shards > 1 ? fmt::format(" to shard {}", s) : "";
      text_ += ",\n" + thread_name(pushes_of(m, s), fmt::format("pushes of worker {}{}", m, to));
    }
  }
  for (int s = 0; server_shards > 1 && s < server_shards; ++s) {
    text_ += ",\n" + thread_name(first_shard_ + s, fmt::format("shard {} of the server", s));
  }
}

void Timeline::event(std::string_view name, int thread, Interval interval, std::int64_t iteration,
                     Bytes bytes) {
  const Seconds length = interval.end - interval.begin;
  if (length.value <= 0) return;
  fmt::format_to(
      std::back_inserter(text_),
      ",\n{{\"ph\":\"X\",\"name\":\"{0}\",\"cat\":\"{0}\",\"pid\":1,\"tid\":{1},\"ts\":{2:.4f},"
      "\"dur\":{3:.4f},\"args\":{{\"iteration\":{4},\"bytes\":{5}}}}}",
      name, thread, interval.begin.value * microseconds, length.value * microseconds, iteration,
      bytes.value);
}

void Timeline::add(const IterationRecord& record) {
  if (record.exchanges.empty()) {
    for (const ClientActivity& activity : record.activities) client(activity, record.iteration);
    write_(std::exchange(text_, {}));
    return;
  }
  const Bytes sent = record.communication.uplink_wire + record.communication.downlink_wire;
  // (Without a barrier an iteration begins before the last has ended: events would overlap.)
  const bool overlaps = record.exchanges.front().times.front().along_edges;
  event(whole_, 0, {overlaps ? finished_ : record.finished - record.duration, record.finished},
        record.iteration, sent);
  finished_ = record.finished;
  const Seconds begin = record.finished - record.duration;
  for (std::size_t e = 0; e < record.exchanges.size(); ++e) {
    const ExchangeRecord& exchange = record.exchanges[e];
    const bool is_last = e + 1 == record.exchanges.size();
    const Seconds end = is_last ? record.duration : record.exchanges[e + 1].begin;
    for (std::size_t m = 0; m < exchange.times.size(); ++m) {
      worker({.worker = static_cast<int>(m),
              .times = exchange.times[m],
              .skipped = exchange.parts[m].skipped,
              .begin = begin + exchange.begin,
              .duration = end - exchange.begin,
              .iteration = record.iteration});
    }
    for (std::size_t s = 0; s < exchange.shards.size(); ++s) {
      shard(s, exchange.shards[s], begin + exchange.begin, record.iteration);
    }
  }
  write_(text_);
  text_.clear();
}

/// Uploads may begin before the last stretch has arrived; events of a thread do not overlap.
void Timeline::shard(std::size_t number, const ShardTimes& times, Seconds begin,
                     std::int64_t iteration) {
  const int thread = first_shard_ + static_cast<int>(number);
  const auto show = [&](std::string_view name, Seconds from, Seconds to) {
    event(name, thread, {begin + from, begin + to}, iteration, {});
  };
  show("broadcast", times.broadcast.begin, times.broadcast.end);
  show("receive", std::max(times.broadcast.end, times.reception.begin), times.reception.end);
  show("handle", times.handling.begin, times.handling.end);
}

/// The activities of a worker are sequential, with waiting in between.
void Timeline::worker(const Activities& of) {
  if (of.times.along_edges) return node(of);
  Seconds now;
  const auto until = [&](Seconds end, std::string_view name, Bytes bytes) {
    event(name, of.worker + 1, {of.begin + now, of.begin + end}, of.iteration, bytes);
    now = end;
  };
  until(of.times.downlink.begin, "wait", {});
  until(of.times.downlink.end, "broadcast", of.times.model);
  until(of.times.compute.begin, "wait", {});
  until(of.times.compute.end, "compute", {});
  // (A collective of several buckets begins before that.)
  until(std::max(now, of.times.uplink.begin), "wait", {});
  until(of.times.uplink.end, name_of_transfer(of.times, of.skipped), of.times.upload);
  until(std::max(now, of.times.handling.end), "compute", {});
  until(of.duration, of.times.dropped ? "missed" : "wait", {});
}

/// A push moves while its client computes, hence on a thread of its own.
void Timeline::client(const ClientActivity& of, std::int64_t iteration) {
  const int thread = of.client + 1;
  const auto show = [&](std::string_view name, int on, std::string_view further) {
    fmt::format_to(
        std::back_inserter(text_),
        ",\n{{\"ph\":\"X\",\"name\":\"{0}\",\"cat\":\"{0}\",\"pid\":1,\"tid\":{1},\"ts\":{2:.4f},"
        "\"dur\":{3:.4f},\"args\":{{\"iteration\":{4},\"bytes\":{5}{6}}}}}",
        name, on, of.dates.begin.value * microseconds,
        (of.dates.end - of.dates.begin).value * microseconds, iteration, of.size.value, further);
  };
  switch (of.kind) {
    case ClientActivity::Kind::fetch:
      return show("fetch", thread, fmt::format(R"(,"version":{})", of.version));
    case ClientActivity::Kind::compute:
      return show("compute", thread, "");
    case ClientActivity::Kind::push:
      return show("push", pushes_of(of.client, of.shard), "");
    case ClientActivity::Kind::apply:
      return show("apply", shards_ > 1 ? first_shard_ + of.shard : 0,
                  fmt::format(R"(,"worker":{},"version":{},"staleness":{})", of.client, of.version,
                              of.staleness));
  }
}

/// Before its begin and after its end the node is in other iterations.
void Timeline::node(const Activities& of) {
  const auto show = [&](std::string_view name, Seconds begin, Seconds end, Bytes bytes) {
    event(name, of.worker + 1, {of.begin + begin, of.begin + end}, of.iteration, bytes);
  };
  const WorkerTimes& times = of.times;
  const Seconds move = std::clamp(times.uplink.begin, times.compute.end, times.handling.begin);
  show("compute", times.compute.begin, times.compute.end, {});
  show("wait", times.compute.end, move, {});
  show("messages", move, times.handling.begin, times.upload);
  show("compute", times.handling.begin, times.handling.end, {});
}

void Timeline::finish() { write_(text_ + "\n]}\n"); }

}  // namespace gradwire::results
