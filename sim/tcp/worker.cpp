#include "sim/tcp/worker.hpp"

#include <fmt/format.h>
#include <sys/prctl.h>

#include "sim/core/error.hpp"
#include "sim/tcp/transport/clock.hpp"

namespace gradwire::tcp {
namespace {

/// A server may serve others for hours; TCP itself detects that its host is gone.
constexpr Seconds any_time{1e9};

class Worker {
 public:
  Worker(Stream& stream, EventLoop exchange, WorkerReport& report)
      : stream_(stream), loop_(std::move(exchange)), report_(report) {}

  void run() {
    for (;;) {
      Frame frame = next();
      switch (frame.kind()) {
        case Kind::round:
          play(frame.round());
          break;
        case Kind::finish:
          report_.final_message = frame.finish();
          return;
        default:
          throw SystemError(unexpected(frame));
      }
    }
  }

 private:
  void play(const Round& round) {
    const Bytes before = stream_.payload_received();
    stream_.expect_payload(round.model);
    stream_.send(frame(Kind::ready));
    loop_.until([&] { return stream_.payload_complete(); }, [] { return "the model"; });
    Times times{.model_arrival = stream_.payload_arrival()};
    loop_.sleep_until(times.model_arrival + round.compute);
    times.computed = round.compute.value > 0 ? now() : times.model_arrival;
    if (round.asked) expect(Kind::go);
    stream_.send_payload(round.upload);
    expect(Kind::report);
    if (!stream_.everything_sent()) {
      throw SystemError(stream_.peer() + " asked for a report before the upload had left");
    }
    times.received = stream_.payload_received() - before;
    stream_.send(frame(times));
    ++report_.rounds;
    report_.received += times.received;
    report_.sent += round.upload;
  }

  /// Returns the next frame other than a ping; answers pings.
  Frame next() {
    for (;;) {
      Frame frame = loop_.next_frame(stream_, stream_.peer());
      if (frame.kind() != Kind::ping) return frame;
      frame.expect(Kind::ping);
      stream_.send(pong_frame(now()));
    }
  }

  void expect(Kind kind) { next().expect(kind); }

  std::string unexpected(const Frame& frame) const {
    return fmt::format("{} sent what does not belong here (frame {})", stream_.peer(),
                       static_cast<int>(frame.kind()));
  }

  Stream& stream_;
  EventLoop loop_;
  WorkerReport& report_;
};

void introduce(Stream& stream, const Hello& hello, Timeouts timeouts) {
  EventLoop exchange(std::move(timeouts));
  exchange.add(stream);
  stream.send(frame(hello));
  Frame answer = exchange.next_frame(stream, "an answer from " + stream.peer());
  if (answer.kind() == Kind::welcome) return answer.expect(Kind::welcome);
  if (answer.kind() != Kind::refused) throw SystemError(stream.peer() + " is no gradwire server");
  const Refusal refusal = answer.refusal();
  const std::string line = fmt::format("{} refused: {}", stream.peer(), refusal.reason);
  if (refusal.wrong_input) throw InputError("gradwire", line);
  throw SystemError(line);
}

}  // namespace

WorkerReport run_worker(const Address& server, const Hello& hello, Timeouts timeouts,
                        const std::function<void(const std::string&)>& tell) {
  ::prctl(PR_SET_TIMERSLACK, 1);  // for precise sleeps
  const std::string name = "the server at " + to_string(server);
  Stream stream(
      connect(server, timeouts.idle_timeout, [&] { tell(fmt::format("waiting for {}", name)); }),
      name);
  introduce(stream, hello, timeouts);
  tell(fmt::format("connected to {}", name));
  WorkerReport report;
  EventLoop exchange({.idle_timeout = any_time, .interrupted = timeouts.interrupted});
  exchange.add(stream);
  Worker(stream, std::move(exchange), report).run();
  return report;
}

}  // namespace gradwire::tcp
