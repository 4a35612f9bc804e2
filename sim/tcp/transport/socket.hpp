#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "sim/core/error.hpp"
#include "sim/core/units.hpp"
#include "sim/tcp/transport/address.hpp"

namespace gradwire::tcp {

/// Owns a file descriptor.
class Socket {
 public:
  Socket() = default;
  explicit Socket(int fd) : fd_(fd) {}
  ~Socket() { close(); }
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  [[nodiscard]] int get() const { return fd_; }
  void close();

 private:
  int fd_ = -1;
};

/// A connection, and the address of its other end for messages to the user.
struct Accepted {
  Socket socket;
  std::string from;
};

/// A connection is pending and cannot be accepted: no file descriptor, or no memory for it, is
/// left.
struct OutOfDescriptors : SystemError {
  using SystemError::SystemError;
};

/// Listens for connections at an address of this host.
class Listener {
 public:
  /// Throws InputError for an unknown host, SystemError if it cannot listen (the port is in use).
  explicit Listener(const Address& address);
  [[nodiscard]] int descriptor() const { return socket_.get(); }
  /// The next pending connection, ready for Stream; nullopt if there is none. Throws
  /// OutOfDescriptors, after which the connection is still pending.
  [[nodiscard]] std::optional<Accepted> accept() const;
  void close() { socket_.close(); }

 private:
  Socket socket_;
};

/// A connection, ready for Stream. Retries while the connection is refused, for at most `patience`,
/// and calls `on_waiting` once. Throws InputError for an unknown host, SystemError if no
/// connection is made.
[[nodiscard]] Socket connect(const Address& address, Seconds timeouts,
                             const std::function<void()>& on_waiting);

}  // namespace gradwire::tcp
