#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "sim/core/error.hpp"
#include "sim/core/units.hpp"
#include "sim/tcp/address.hpp"

namespace gradwire::tcp {

/// A file descriptor that closes itself.
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

/// A connection and who is at its other end, for people.
struct Accepted {
  Socket socket;
  std::string from;
};

/// A connection waits and cannot be accepted: no file descriptor, or no memory for it, is left.
struct OutOfDescriptors : SystemError {
  using SystemError::SystemError;
};

/// Waits for connections at an address of this host.
class Listener {
 public:
  /// Throws InputError for a host that is not known, SystemError where it cannot listen (the port
  /// is in use).
  explicit Listener(const Address& address);
  [[nodiscard]] int descriptor() const { return socket_.get(); }
  /// The next that waits, ready for Stream; nothing if none does. Throws OutOfDescriptors, after
  /// which the connection still waits.
  [[nodiscard]] std::optional<Accepted> accept() const;
  void close() { socket_.close(); }

 private:
  Socket socket_;
};

/// A connection, ready for Stream. Tries again while nobody listens there, until `patience` is
/// over, and says so once. Throws InputError for a host that is not known, SystemError where it
/// gets no connection.
[[nodiscard]] Socket connect(const Address& address, Seconds patience,
                             const std::function<void()>& say_that_it_waits);

}  // namespace gradwire::tcp
