#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gradwire::tcp {

/// Used where neither side gives a port.
inline constexpr std::uint16_t default_port = 47470;

/// A host, by name or IP address, and a port.
struct Address {
  std::string host;
  std::uint16_t port = default_port;
};

/// "HOST:PORT", "HOST", ":PORT", "[::1]:PORT"; missing parts are taken from `otherwise`. Throws
/// InputError at `where` (an option's name) for anything else.
[[nodiscard]] Address parse_address(std::string_view text, const Address& otherwise,
                                    const std::string& where);

/// HOST:PORT, with brackets around an IPv6 address.
[[nodiscard]] std::string to_string(const Address& address);

}  // namespace gradwire::tcp
