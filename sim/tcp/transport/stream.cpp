#include "sim/tcp/transport/stream.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "sim/core/error.hpp"
#include "sim/core/random.hpp"
#include "sim/core/stream_names.hpp"
#include "sim/tcp/transport/clock.hpp"

namespace gradwire::tcp {
namespace {

constexpr std::size_t block_bytes = 256 * 1024;
/// Maximum number of queued frames and payloads: each side answers one request at a time.
constexpr std::size_t most_outgoing = 8;

/// The contents of payloads: incompressible.
const std::vector<char>& noise() {
  static const std::vector<char> bytes = [] {
    std::vector<char> result(block_bytes);
    RandomStream random = stream(1, stream_names::tcp_payload);
    for (char& byte : result) byte = static_cast<char>(random.below(256));
    return result;
  }();
  return bytes;
}

}  // namespace

Stream::Stream(Socket socket, std::string peer)
    : socket_(std::move(socket)), peer_(std::move(peer)), inbox_(peer_) {
  static_cast<void>(noise());  // initialised before the first measurement
}

void Stream::send(const std::string& frame) { queue({.bytes = frame}); }

void Stream::send_payload(Bytes size) {
  if (size.value > 0) queue({.payload = size.value});
}

void Stream::queue(Outgoing next) {
  if (outgoing_.size() == most_outgoing) {
    throw SystemError(peer_ + " asks on and on and does not take the answers");
  }
  outgoing_.push_back(std::move(next));
  flush();
}

bool Stream::flush() {
  bool moved = false;
  while (!outgoing_.empty() && !closed_) {
    Outgoing& next = outgoing_.front();
    const bool text = !next.bytes.empty();
    const std::size_t left = text ? next.bytes.size() : static_cast<std::size_t>(next.payload);
    const char* from = text ? next.bytes.data() : noise().data();
    const ssize_t sent = ::send(socket_.get(), from, std::min(left, block_bytes), MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN || errno == EWOULDBLOCK) return moved;
      fail_with(errno);
    }
    moved = true;
    if (static_cast<std::size_t>(sent) == left) {
      outgoing_.pop_front();
    } else if (text) {
      next.bytes.erase(0, static_cast<std::size_t>(sent));
    } else {
      next.payload -= sent;
    }
  }
  return moved;
}

bool Stream::receive() {
  static thread_local std::array<char, block_bytes> block;
  const ssize_t came = ::recv(socket_.get(), block.data(), block.size(), 0);
  if (came < 0) {
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return false;
    fail_with(errno);
  }
  closed_ = came == 0;
  return inbox_.append({block.data(), static_cast<std::size_t>(came)});
}

void Stream::fail_closed() {
  while (take_frame()) {
  }
  throw SystemError(peer_ + " closed the connection");
}

void Stream::fail_with(int error) {
  closed_ = true;
  throw SystemError(fmt::format("the connection to {} broke: {}", peer_, std::strerror(error)));
}

void Stream::give_up(const std::string& reason) {
  // In the middle of a payload, the frame would be read as a part of it.
  const bool at_a_frame = outgoing_.empty() && !closed_;
  const std::string words = failed_frame(reason);
  if (at_a_frame) ::send(socket_.get(), words.data(), words.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  socket_.close();
  closed_ = true;
}

}  // namespace gradwire::tcp
