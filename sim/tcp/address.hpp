#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gradwire::tcp {

/// Where neither side says otherwise.
inline constexpr std::uint16_t default_port = 47470;

/// A host, by name or number, and a port.
struct Address {
  std::string host;
  std::uint16_t port = default_port;
};

/// "HOST:PORT", "HOST", ":PORT", "[::1]:PORT"; what is missing comes from `otherwise`. Throws
/// InputError at `where` (an option's name) for anything else.
[[nodiscard]] Address parse_address(std::string_view text, const Address& otherwise,
                                    const std::string& where);

/// As people write it.
[[nodiscard]] std::string to_string(const Address& address);

}  // namespace gradwire::tcp
