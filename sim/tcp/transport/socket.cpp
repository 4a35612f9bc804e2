#include "sim/tcp/transport/socket.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <thread>

#include "sim/core/error.hpp"
#include "sim/tcp/transport/clock.hpp"

namespace gradwire::tcp {
namespace {

using Addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

Addresses look_up(const Address& address, int flags) {
  addrinfo hints{};
  hints.ai_flags = flags | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const std::string port = std::to_string(address.port);
  const int error = ::getaddrinfo(address.host.c_str(), port.c_str(), &hints, &found);
  if (error != 0) {
    throw InputError("", fmt::format("gradwire: {} is no host that is known here: {}", address.host,
                                     ::gai_strerror(error)));
  }
  return {found, &::freeaddrinfo};
}

void set(int fd, int level, int option, int value) {
  ::setsockopt(fd, level, option, &value, sizeof value);
}

/// Small messages are sent at once; a vanished host is detected within half a minute, even while no
/// data is sent.
void prepare(int fd) {
  set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set(fd, IPPROTO_TCP, TCP_KEEPIDLE, 10);
  set(fd, IPPROTO_TCP, TCP_KEEPINTVL, 5);
  set(fd, IPPROTO_TCP, TCP_KEEPCNT, 4);
  set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 30'000);
}

std::string name_of(const sockaddr_storage& peer, socklen_t size) {
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  ::getnameinfo(reinterpret_cast<const sockaddr*>(&peer), size, host.data(), host.size(),
                port.data(), port.size(), NI_NUMERICHOST | NI_NUMERICSERV);
  return std::string(host.data()) + ":" + port.data();
}

int error_of(int fd) {
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
  return error;
}

/// Returns 0, or an error number as in errno.
int connect_within(const Socket& socket, const addrinfo& to, Seconds timeouts) {
  if (::connect(socket.get(), to.ai_addr, to.ai_addrlen) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  pollfd waiting{socket.get(), POLLOUT, 0};
  const auto milliseconds = static_cast<int>(std::clamp(timeouts.value * 1e3, 1.0, 1e9));
  int ready = 0;
  do ready = ::poll(&waiting, 1, milliseconds);
  while (ready < 0 && errno == EINTR);
  if (ready == 0) return ETIMEDOUT;
  return error_of(socket.get());
}

/// The connection, or the error number.
struct Attempt {
  Socket socket{};
  int error = 0;
};

Attempt try_once(const Addresses& addresses, Seconds timeouts) {
  Attempt attempt;
  for (const addrinfo* to = addresses.get(); to != nullptr; to = to->ai_next) {
    attempt.socket =
        Socket(::socket(to->ai_family, to->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    attempt.error =
        attempt.socket.get() < 0 ? errno : connect_within(attempt.socket, *to, timeouts);
    if (attempt.error == 0) break;
  }
  return attempt;
}

}  // namespace

void Socket::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

Listener::Listener(const Address& address) {
  const Addresses addresses = look_up(address, AI_PASSIVE);
  int error = 0;
  for (const addrinfo* at = addresses.get(); at != nullptr; at = at->ai_next) {
    Socket socket(::socket(at->ai_family, at->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (socket.get() < 0) {
      error = errno;
      continue;
    }
    set(socket.get(), SOL_SOCKET, SO_REUSEADDR, 1);
    const bool listens = ::bind(socket.get(), at->ai_addr, at->ai_addrlen) == 0 &&
                         ::listen(socket.get(), SOMAXCONN) == 0;
    error = errno;
    socket_ = std::move(socket);
    if (listens) return;
  }
  throw SystemError(
      fmt::format("cannot listen on {}: {}", to_string(address), std::strerror(error)));
}

std::optional<Accepted> Listener::accept() const {
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  Socket socket(::accept4(socket_.get(), reinterpret_cast<sockaddr*>(&peer), &size,
                          SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (socket.get() < 0) {
    const int error = errno;
    if (error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM) {
      throw OutOfDescriptors(
          fmt::format("cannot accept more connections: {} (see ulimit -n)", std::strerror(error)));
    }
    return std::nullopt;  // no connection is pending, or it is gone
  }
  prepare(socket.get());
  return Accepted{.socket = std::move(socket), .from = name_of(peer, size)};
}

Socket connect(const Address& address, Seconds timeouts, const std::function<void()>& on_waiting) {
  const Addresses addresses = look_up(address, 0);
  const Seconds end = now() + timeouts;
  for (bool first = true;; first = false) {
    Attempt attempt = try_once(addresses, timeouts);
    if (attempt.error == 0) {
      prepare(attempt.socket.get());
      return std::move(attempt.socket);
    }
    if (attempt.error != ECONNREFUSED || now() > end) {
      throw SystemError(
          fmt::format("no connection to {}: {}", to_string(address), std::strerror(attempt.error)));
    }
    if (first) on_waiting();
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

}  // namespace gradwire::tcp
