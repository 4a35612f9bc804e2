#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "sim/core/units.hpp"
#include "sim/tcp/frame.hpp"

namespace gradwire::tcp {

/// Separates the bytes of a connection into payload, as far as some is due, and frames. Holds at
/// most `most_frames` frames and the beginning of another: each side answers one question at a
/// time, so a peer that sends more does not keep to the protocol.
class Inbox {
 public:
  static constexpr std::size_t most_frames = 4;

  /// Errors begin with `sender`.
  explicit Inbox(std::string sender) : sender_(std::move(sender)) {}
  void rename(std::string sender) { sender_ = std::move(sender); }

  void expect_payload(Bytes size) { due_ += size.value; }
  /// Takes what has come; true where payload came or a frame became whole, so that a peer which
  /// sends a frame byte by byte counts as silent. Throws SystemError for a frame of an impossible
  /// length and for too many frames.
  bool append(std::string_view bytes);
  [[nodiscard]] bool payload_is_here() const { return due_ == 0; }
  /// When its last byte came.
  [[nodiscard]] Seconds payload_came() const { return payload_came_; }
  /// Of payloads, since the beginning.
  [[nodiscard]] Bytes payload_received() const { return {payload_received_}; }
  /// The oldest frame. Throws SystemError for an unknown kind, and with the peer's own words where
  /// it gave up.
  [[nodiscard]] std::optional<Frame> take_frame();

 private:
  /// Moves the frames that are whole out of `begun_`; whether there was one.
  bool separate_frames();

  std::string sender_;
  std::deque<std::string> frames_;  ///< without their lengths
  std::string begun_;               ///< the frame that is not whole yet, with its length
  std::int64_t due_ = 0;
  std::int64_t payload_received_ = 0;
  Seconds payload_came_;
};

}  // namespace gradwire::tcp
