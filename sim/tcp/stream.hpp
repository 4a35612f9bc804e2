#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>

#include "sim/core/units.hpp"
#include "sim/tcp/frame.hpp"
#include "sim/tcp/inbox.hpp"
#include "sim/tcp/socket.hpp"

namespace gradwire::tcp {

/// One side of a connection: frames, and payloads of which only the size and the time of arrival
/// matter. What is sent leaves in the order of the calls, as the line takes it; an Exchange moves
/// it on. A payload is taken apart from frames by saying before how many of its bytes will come.
class Stream {
 public:
  /// `peer` is who is at the other end, for people: "worker 1 (10.0.0.2:5000)".
  Stream(Socket socket, std::string peer);

  /// Throws SystemError for a peer that asks on and on without taking the answers.
  void send(const std::string& frame);
  void send_payload(Bytes size);
  void expect_payload(Bytes size) { inbox_.expect_payload(size); }

  [[nodiscard]] bool payload_is_here() const { return inbox_.payload_is_here(); }
  /// When its last byte came.
  [[nodiscard]] Seconds payload_came() const { return inbox_.payload_came(); }
  /// Of payloads, since the beginning.
  [[nodiscard]] Bytes payload_received() const { return inbox_.payload_received(); }
  [[nodiscard]] bool everything_sent() const { return outgoing_.empty(); }
  /// The next frame that has come whole. Throws SystemError with the other side's own words when it
  /// gave up.
  [[nodiscard]] std::optional<Frame> take_frame() { return inbox_.take_frame(); }
  /// Whether the other side has closed and nothing more can come.
  [[nodiscard]] bool closed() const { return closed_; }
  /// Throws SystemError: the other side is gone; with its last words where it had any.
  [[noreturn]] void fail_closed();
  /// Gives up, and tells the other side why as far as that goes at once.
  void give_up(const std::string& reason);

  [[nodiscard]] const std::string& peer() const { return peer_; }
  void rename(const std::string& peer) {
    peer_ = peer;
    inbox_.rename(peer);
  }

  // What Exchange calls.
  [[nodiscard]] int descriptor() const { return socket_.get(); }
  /// Sends what the line takes; whether any byte left.
  bool flush();
  /// Takes what has come; whether payload or the end of a frame did.
  bool receive();

 private:
  struct Outgoing {
    std::string bytes{};
    std::int64_t payload = 0;  ///< that many, where `bytes` is empty
  };
  void queue(Outgoing next);
  [[noreturn]] void fail_with(int error);

  Socket socket_;
  std::string peer_;
  std::deque<Outgoing> outgoing_;
  Inbox inbox_;
  bool closed_ = false;
};

}  // namespace gradwire::tcp
