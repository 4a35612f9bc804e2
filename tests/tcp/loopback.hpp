#pragma once

#include "sim/core/error.hpp"
#include "sim/tcp/transport/socket.hpp"

namespace gradwire::tcp {

/// Listens at a free loopback port and sets `address` to it. Throws SystemError when none is free.
inline Listener some_listener(Address& address) {
  for (std::uint16_t port = 42000; port < 43000; ++port) {
    try {
      address = {.host = "127.0.0.1", .port = port};
      return Listener(address);
    } catch (const SystemError&) {
    }
  }
  throw SystemError("no port is free");
}

}  // namespace gradwire::tcp
