#pragma once

#include <exception>
#include <functional>
#include <string>
#include <vector>

#include "sim/core/units.hpp"
#include "sim/tcp/transport/stream.hpp"

namespace gradwire::tcp {

/// Thrown when Timeouts::interrupted returns true (Ctrl-C).
struct Interrupted : std::exception {
  [[nodiscard]] const char* what() const noexcept override { return "interrupted"; }
};

/// Conditions that end a wait.
struct Timeouts {
  Seconds idle_timeout{60};  ///< longest wait without any payload or whole frame
  std::function<bool()> interrupted = [] { return false; };
};

/// Transfers the bytes of several streams, in one thread, while it waits. Throws SystemError when a
/// stream is closed or nothing is transferred for too long, Interrupted on request.
class EventLoop {
 public:
  explicit EventLoop(Timeouts timeouts) : timeouts_(std::move(timeouts)) {}

  /// `stream` must outlive this object.
  void add(Stream& stream) { streams_.push_back(&stream); }
  /// Runs until `done` returns true. `awaited` returns what is waited for, for the error text. The
  /// idle timeout does not start before `quiet_until`.
  void until(const std::function<bool()>& done, const std::function<std::string()>& awaited,
             Seconds quiet_until = {});
  /// Runs until `end`, by tcp::now().
  void sleep_until(Seconds end);
  /// Waits for the next frame of this stream.
  [[nodiscard]] Frame next_frame(Stream& stream, const std::string& awaited);
  /// Sends what is queued, for at most `longest` and without receiving; skips peers that are gone
  /// or do not read. For the end of a run, which must not fail any more.
  void send_rest(Seconds longest);
  /// Calls give_up() of all streams.
  void give_up(const std::string& reason);

 private:
  /// One poll of at most `longest` and at most 1 s; returns whether a byte was sent, or payload or
  /// a whole frame received.
  bool move(Seconds longest);

  Timeouts timeouts_;
  std::vector<Stream*> streams_;
};

}  // namespace gradwire::tcp
