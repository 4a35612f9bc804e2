#pragma once

#include "sim/core/error.hpp"
#include "sim/tcp/socket.hpp"

namespace gradwire::tcp {

/// At a free port of this host, which `address` becomes.
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
