#pragma once

#include <exception>
#include <functional>
#include <string>
#include <vector>

#include "sim/core/units.hpp"
#include "sim/tcp/stream.hpp"

namespace gradwire::tcp {

/// Somebody pressed Ctrl-C.
struct Interrupted : std::exception {
  [[nodiscard]] const char* what() const noexcept override { return "interrupted"; }
};

/// When waiting ends.
struct Patience {
  Seconds silence{60};  ///< no payload moved and no whole frame came although one should
  std::function<bool()> interrupted = [] { return false; };
};

/// Moves the bytes of several streams, in one thread, while it waits for something. Throws
/// SystemError when a stream is closed or nothing moves for too long, Interrupted when asked to.
class Exchange {
 public:
  explicit Exchange(Patience patience) : patience_(std::move(patience)) {}

  /// Streams must outlive it.
  void add(Stream& stream) { streams_.push_back(&stream); }
  /// Until `done`. `awaited` is what an error says was waited for. Silence before `quiet_until` is
  /// as it should be.
  void until(const std::function<bool()>& done, const std::function<std::string()>& awaited,
             Seconds quiet_until = {});
  /// Until that moment of tcp::now().
  void sleep_until(Seconds end);
  /// The next frame of this stream.
  [[nodiscard]] Frame next_frame(Stream& stream, const std::string& awaited);
  /// Sends what waits to be sent, for at most so long and without receiving; peers that are gone or
  /// do not take it go without. For the end, when nothing can fail any more.
  void send_rest(Seconds longest);
  /// The streams give up.
  void give_up(const std::string& reason);

 private:
  /// One poll, of at most `longest`; whether a byte moved.
  bool move(Seconds longest);

  Patience patience_;
  std::vector<Stream*> streams_;
};

}  // namespace gradwire::tcp
