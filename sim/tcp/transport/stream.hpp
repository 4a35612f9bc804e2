#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>

#include "sim/core/units.hpp"
#include "sim/tcp/transport/frame.hpp"
#include "sim/tcp/transport/inbox.hpp"
#include "sim/tcp/transport/socket.hpp"

namespace gradwire::tcp {

/// One side of a connection: frames, and payloads of which only the size and the time of arrival
/// matter. Data is sent in the order of the calls, as the connection accepts it; an EventLoop
/// continues the transfer.
/// Payload is separated from frames by announcing its size before it arrives.
class Stream {
 public:
  /// `peer` describes the other end, for messages: "worker 1 (10.0.0.2:5000)".
  Stream(Socket socket, std::string peer);

  /// Throws SystemError if the peer keeps sending requests without reading the answers.
  void send(const std::string& frame);
  void send_payload(Bytes size);
  void expect_payload(Bytes size) { inbox_.expect_payload(size); }

  [[nodiscard]] bool payload_complete() const { return inbox_.payload_complete(); }
  /// When the last byte of the expected payload arrived, by tcp::now().
  [[nodiscard]] Seconds payload_arrival() const { return inbox_.payload_arrival(); }
  /// Payload bytes since the beginning.
  [[nodiscard]] Bytes payload_received() const { return inbox_.payload_received(); }
  [[nodiscard]] bool everything_sent() const { return outgoing_.empty(); }
  /// The next complete frame, if any. Throws SystemError with the peer's reason if the peer gave
  /// up.
  [[nodiscard]] std::optional<Frame> take_frame() { return inbox_.take_frame(); }
  /// Whether the peer has closed the connection, so that nothing more can arrive.
  [[nodiscard]] bool closed() const { return closed_; }
  /// Throws SystemError: the peer is gone; with its reason if it sent one.
  [[noreturn]] void fail_closed();
  /// Closes the connection, and sends the peer the reason if that is possible without waiting.
  void give_up(const std::string& reason);

  [[nodiscard]] const std::string& peer() const { return peer_; }
  void rename(const std::string& peer) {
    peer_ = peer;
    inbox_.rename(peer);
  }

  // Called by EventLoop.
  [[nodiscard]] int descriptor() const { return socket_.get(); }
  /// Sends what the socket accepts; returns whether any byte was sent.
  bool flush();
  /// Reads what has arrived; returns whether that was payload or completed a frame.
  bool receive();

 private:
  struct Outgoing {
    std::string bytes{};
    std::int64_t payload = 0;  ///< number of payload bytes, if `bytes` is empty
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
