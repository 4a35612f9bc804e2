#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "sim/core/units.hpp"
#include "sim/tcp/transport/frame.hpp"

namespace gradwire::tcp {

/// Splits the received bytes of a connection into payload, as far as some is expected, and frames.
/// Holds at most `most_frames` frames and the beginning of another: each side answers one request
/// at a time, so a peer that sends more violates the protocol.
class Inbox {
 public:
  static constexpr std::size_t most_frames = 4;

  /// Error texts begin with `sender`.
  explicit Inbox(std::string sender) : sender_(std::move(sender)) {}
  void rename(std::string sender) { sender_ = std::move(sender); }

  void expect_payload(Bytes size) { due_ += size.value; }
  /// Processes received bytes; returns true if there was payload or a frame became complete, so
  /// that a peer that sends a frame byte by byte counts as silent. Throws SystemError for a frame
  /// of invalid length and for too many frames.
  bool append(std::string_view bytes);
  [[nodiscard]] bool payload_complete() const { return due_ == 0; }
  /// When the last byte of the expected payload arrived, by tcp::now().
  [[nodiscard]] Seconds payload_arrival() const { return payload_came_; }
  /// Payload bytes since the beginning.
  [[nodiscard]] Bytes payload_received() const { return {payload_received_}; }
  /// The oldest frame, if any. Throws SystemError for an unknown kind, and, with the peer's reason,
  /// if the peer gave up.
  [[nodiscard]] std::optional<Frame> take_frame();

 private:
  /// Moves the complete frames out of `begun_`; returns whether there was one.
  bool separate_frames();

  std::string sender_;
  std::deque<std::string> frames_;  ///< without their lengths
  std::string begun_;               ///< the incomplete frame, with its length
  std::int64_t due_ = 0;
  std::int64_t payload_received_ = 0;
  Seconds payload_came_;
};

}  // namespace gradwire::tcp
