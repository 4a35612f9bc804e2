#include "sim/tcp/transport/event_loop.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <cmath>

#include "sim/core/error.hpp"
#include "sim/tcp/transport/clock.hpp"

namespace gradwire::tcp {
namespace {

timespec timespec_of(Seconds seconds) {
  const double bounded = std::clamp(seconds.value, 0.0, 1.0);  // to check for Ctrl-C
  const double whole = std::floor(bounded);
  return {static_cast<time_t>(whole), static_cast<long>((bounded - whole) * 1e9)};
}

}  // namespace

bool EventLoop::move(Seconds longest) {
  std::vector<pollfd> waiting;
  waiting.reserve(streams_.size());
  for (const Stream* stream : streams_) {
    const short events =
        static_cast<short>(POLLIN | (stream->everything_sent() ? 0 : int{POLLOUT}));
    waiting.push_back({stream->closed() ? -1 : stream->descriptor(), events, 0});
  }
  const timespec time = timespec_of(longest);
  ::ppoll(waiting.data(), waiting.size(), &time, nullptr);
  if (timeouts_.interrupted()) throw Interrupted();
  bool moved = false;
  for (std::size_t i = 0; i < waiting.size(); ++i) {
    if (waiting[i].fd < 0 || waiting[i].revents == 0) continue;
    if ((waiting[i].revents & POLLOUT) != 0) moved = streams_[i]->flush() || moved;
    if ((waiting[i].revents & ~POLLOUT) != 0) moved = streams_[i]->receive() || moved;
  }
  return moved;
}

void EventLoop::until(const std::function<bool()>& done,
                      const std::function<std::string()>& awaited, Seconds quiet_until) {
  Seconds last = now();
  while (!done()) {
    for (Stream* stream : streams_) {
      if (stream->closed()) stream->fail_closed();
    }
    if (move(timeouts_.idle_timeout)) {
      last = now();
    } else if (now() > std::max(last, quiet_until) + timeouts_.idle_timeout) {
      throw SystemError(fmt::format("nothing came for {:g} s; waited for {}",
                                    timeouts_.idle_timeout.value, awaited()));
    }
  }
}

void EventLoop::sleep_until(Seconds end) {
  while (now() < end) {
    for (Stream* stream : streams_) {
      if (stream->closed()) stream->fail_closed();
    }
    move(end - now());
  }
}

Frame EventLoop::next_frame(Stream& stream, const std::string& awaited) {
  std::optional<Frame> frame;
  until([&] { return (frame = stream.take_frame()).has_value(); }, [&] { return awaited; });
  return *std::move(frame);
}

void EventLoop::send_rest(Seconds longest) {
  const Seconds end = now() + longest;
  const auto waits = [](const Stream* stream) {
    return !stream->closed() && !stream->everything_sent();
  };
  while (std::ranges::any_of(streams_, waits) && now() < end && !timeouts_.interrupted()) {
    std::vector<pollfd> waiting;
    for (const Stream* stream : streams_) {
      waiting.push_back({waits(stream) ? stream->descriptor() : -1, POLLOUT, 0});
    }
    const timespec time = timespec_of(end - now());
    ::ppoll(waiting.data(), waiting.size(), &time, nullptr);
    for (std::size_t i = 0; i < waiting.size(); ++i) {
      if (waiting[i].revents == 0) continue;
      try {
        streams_[i]->flush();
      } catch (const SystemError&) {  // flush() has marked it closed
      }
    }
  }
}

void EventLoop::give_up(const std::string& reason) {
  for (Stream* stream : streams_) stream->give_up(reason);
}

}  // namespace gradwire::tcp
