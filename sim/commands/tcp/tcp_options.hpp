#pragma once

#include <cstdio>
#include <string>

#include "sim/tcp/transport/address.hpp"
#include "sim/tcp/worker_pool.hpp"

namespace gradwire::commands {

/// The address of --listen; for empty text all addresses of this host, at the default port.
[[nodiscard]] inline tcp::Address address_to_listen_at(const std::string& text) {
  const tcp::Address anywhere{.host = "0.0.0.0"};
  return text.empty() ? anywhere : tcp::parse_address(text, anywhere, "--listen");
}

/// The address of --connect; the host defaults to localhost.
[[nodiscard]] inline tcp::Address address_to_connect_to(const std::string& text) {
  return tcp::parse_address(text, {.host = "localhost"}, "--connect");
}

/// A log function that prints lines to standard error; if `quiet`, one that discards them.
[[nodiscard]] inline tcp::WorkerPool::Tell stderr_logger(bool quiet) {
  if (quiet) return [](const std::string&) {};
  return [](const std::string& line) { std::fputs((line + "\n").c_str(), stderr); };
}

}  // namespace gradwire::commands
