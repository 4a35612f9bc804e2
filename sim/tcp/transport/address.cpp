#include "sim/tcp/transport/address.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "sim/core/error.hpp"

namespace gradwire::tcp {
namespace {

/// Length of the host part, before ":PORT"; npos if a bracket is not closed.
std::size_t end_of_host(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t closed = text.find(']');
    return closed == std::string_view::npos ? closed : closed + 1;
  }
  const bool bare_ipv6 = text.find(':') != text.rfind(':');
  return bare_ipv6 ? text.size() : std::min(text.find(':'), text.size());
}

std::string without_brackets(std::string_view host) {
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  return std::string(host);
}

}  // namespace

Address parse_address(std::string_view text, const Address& otherwise, const std::string& where) {
  const auto fail = [&]() -> Address {
    throw InputError(where, fmt::format("must be HOST:PORT with a port from 1 to 65535, got {}",
                                        text.empty() ? "nothing" : std::string(text)));
  };
  const std::size_t end = end_of_host(text);
  if (text.empty() || end == std::string_view::npos) return fail();
  Address address = otherwise;
  if (end > 0) address.host = without_brackets(text.substr(0, end));
  if (end == text.size()) return address;
  const std::string_view port = text.substr(end + 1);
  const auto [stopped, error] =
      std::from_chars(port.data(), port.data() + port.size(), address.port);
  const bool whole = error == std::errc() && stopped == port.data() + port.size();
  if (text[end] != ':' || !whole || address.port == 0) return fail();
  return address;
}

std::string to_string(const Address& address) {
  const bool ipv6 = address.host.find(':') != std::string::npos;
  return fmt::format("{}:{}", ipv6 ? "[" + address.host + "]" : address.host, address.port);
}

}  // namespace gradwire::tcp
