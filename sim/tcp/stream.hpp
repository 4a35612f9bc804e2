#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "sim/core/units.hpp"
#include "sim/tcp/frame.hpp"
#include "sim/tcp/socket.hpp"

namespace gradwire::tcp {

/// One side of a connection: frames, and payloads of which only the size and the time of arrival
/// matter. What is sent leaves in the order of the calls, as the line takes it; an Exchange moves
/// it on. A payload is taken apart from frames by saying before how many of its bytes will come.
class Stream {
 public:
  /// `peer` is who is at the other end, for people: "worker 1 (10.0.0.2:5000)".
  Stream(Socket socket, std::string peer);

  void send(const std::string& frame);
  void send_payload(Bytes size);
  void expect_payload(Bytes size);

  [[nodiscard]] bool payload_is_here() const { return due_ == 0; }
  /// When its last byte came.
  [[nodiscard]] Seconds payload_came() const { return payload_came_; }
  /// Of payloads, since the beginning.
  [[nodiscard]] Bytes payload_received() const { return {payload_received_}; }
  [[nodiscard]] bool everything_sent() const { return outgoing_.empty(); }
  /// The next frame that has come whole. Throws SystemError for one that is too long, and with the
  /// other side's own words when it gave up.
  [[nodiscard]] std::optional<Frame> take_frame();
  /// Whether the other side has closed and nothing more can come.
  [[nodiscard]] bool closed() const { return closed_; }
  /// Throws SystemError: the other side is gone; with its last words where it had any.
  [[noreturn]] void fail_closed();
  /// Gives up, and tells the other side why as far as that goes at once.
  void give_up(const std::string& reason);

  [[nodiscard]] const std::string& peer() const { return peer_; }
  void rename(std::string peer) { peer_ = std::move(peer); }

  // What Exchange calls.
  [[nodiscard]] int descriptor() const { return socket_.get(); }
  /// Sends what the line takes; whether any byte left.
  bool flush();
  /// Takes what has come; whether any byte came.
  bool receive();

 private:
  struct Outgoing {
    std::string bytes{};
    std::int64_t payload = 0;  ///< that many, where `bytes` is empty
  };
  void take(const char* bytes, std::size_t size);
  [[noreturn]] void fail_with(int error);

  Socket socket_;
  std::string peer_;
  std::deque<Outgoing> outgoing_;
  std::string inbox_;
  std::int64_t due_ = 0;
  std::int64_t payload_received_ = 0;
  Seconds payload_came_;
  bool closed_ = false;
};

}  // namespace gradwire::tcp
