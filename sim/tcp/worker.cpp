#include "sim/tcp/worker.hpp"

#include <fmt/format.h>
#include <sys/prctl.h>

#include "sim/core/error.hpp"
#include "sim/tcp/clock.hpp"

namespace gradwire::tcp {
namespace {

/// A server may be busy with others for hours; that its host is still there TCP itself finds out.
constexpr Seconds any_time{1e9};

class Worker {
 public:
  Worker(Stream& stream, Exchange exchange, WorkerReport& report)
      : stream_(stream), exchange_(std::move(exchange)), report_(report) {}

  void run() {
    for (;;) {
      Frame frame = next();
      switch (frame.kind()) {
        case Kind::round:
          play(frame.round());
          break;
        case Kind::finish:
          report_.last_words = frame.finish();
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
    exchange_.until([&] { return stream_.payload_is_here(); }, [] { return "the model"; });
    Times times{.model_there = stream_.payload_came()};
    exchange_.sleep_until(times.model_there + round.compute);
    times.computed = round.compute.value > 0 ? now() : times.model_there;
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

  /// The next frame that is no ping.
  Frame next() {
    for (;;) {
      Frame frame = exchange_.next_frame(stream_, stream_.peer());
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
  Exchange exchange_;
  WorkerReport& report_;
};

void introduce(Stream& stream, const Hello& hello, Patience patience) {
  Exchange exchange(std::move(patience));
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

WorkerReport run_worker(const Address& server, const Hello& hello, Patience patience,
                        const std::function<void(const std::string&)>& tell) {
  ::prctl(PR_SET_TIMERSLACK, 1);  // sleeps end when they should
  const std::string name = "the server at " + to_string(server);
  Stream stream(
      connect(server, patience.silence, [&] { tell(fmt::format("waiting for {}", name)); }), name);
  introduce(stream, hello, patience);
  tell(fmt::format("connected to {}", name));
  WorkerReport report;
  Exchange exchange({.silence = any_time, .interrupted = patience.interrupted});
  exchange.add(stream);
  Worker(stream, std::move(exchange), report).run();
  return report;
}

}  // namespace gradwire::tcp
