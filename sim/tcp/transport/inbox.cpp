#include "sim/tcp/transport/inbox.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "sim/core/error.hpp"
#include "sim/tcp/transport/clock.hpp"

namespace gradwire::tcp {

bool Inbox::append(std::string_view bytes) {
  const auto payload = std::min(due_, static_cast<std::int64_t>(bytes.size()));
  if (payload > 0) {
    due_ -= payload;
    payload_received_ += payload;
    if (due_ == 0) payload_came_ = now();
  }
  begun_ += bytes.substr(static_cast<std::size_t>(payload));
  return separate_frames() || payload > 0;
}

bool Inbox::separate_frames() {
  std::size_t at = 0;
  std::uint32_t size = 0;
  while (begun_.size() - at >= sizeof size) {
    std::memcpy(&size, begun_.data() + at, sizeof size);
    if (size == 0 || size > largest_frame) {
      throw SystemError(
          fmt::format("{} does not speak gradwire's protocol: a frame of {} bytes, must be 1 to {}",
                      sender_, size, largest_frame));
    }
    if (begun_.size() - at < sizeof size + size) break;
    if (frames_.size() == most_frames) {
      throw SystemError(sender_ +
                        " does not speak gradwire's protocol: it sends what nobody asked for");
    }
    frames_.push_back(begun_.substr(at + sizeof size, size));
    at += sizeof size + size;
  }
  begun_.erase(0, at);
  return at > 0;
}

std::optional<Frame> Inbox::take_frame() {
  if (frames_.empty()) return std::nullopt;
  Frame frame(std::move(frames_.front()), sender_);
  frames_.pop_front();
  if (frame.kind() == Kind::failed) {
    throw SystemError(fmt::format("{} gave up: {}", sender_, frame.failure()));
  }
  return frame;
}

}  // namespace gradwire::tcp
