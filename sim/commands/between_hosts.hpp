#pragma once

#include <cstdio>
#include <string>

#include "sim/tcp/address.hpp"
#include "sim/tcp/party.hpp"

namespace gradwire::commands {

/// Of --listen; empty: all addresses of this host, at the default port.
[[nodiscard]] inline tcp::Address address_to_listen_at(const std::string& text) {
  const tcp::Address anywhere{.host = "0.0.0.0"};
  return text.empty() ? anywhere : tcp::parse_address(text, anywhere, "--listen");
}

/// Of --connect.
[[nodiscard]] inline tcp::Address address_to_connect_to(const std::string& text) {
  return tcp::parse_address(text, {.host = "localhost"}, "--connect");
}

/// Says what happens between hosts to the user, or to nobody.
[[nodiscard]] inline tcp::Party::Tell teller(bool quiet) {
  if (quiet) return [](const std::string&) {};
  return [](const std::string& line) { std::fputs((line + "\n").c_str(), stderr); };
}

}  // namespace gradwire::commands
