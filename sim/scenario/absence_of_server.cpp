#include "sim/scenario/absence_of_server.hpp"

#include <fmt/format.h>

namespace gradwire::scenario {

void check_absence_of_server(const Scenario& c, const JsonLocation& place) {
  if (!c.platform.server.empty()) {
    (place / "platform" / "server")
        .fail("goes with protocol.kind parameter_server only: elsewhere there is none");
  }
  if (!c.platform.servers.empty() || c.platform.server_bandwidth) {
    (place / "platform" / (c.platform.servers.empty() ? "server_bandwidth" : "servers"))
        .fail("goes with a protocol.kind that has a server only: here there is none");
  }
  const auto must_be_0 = [&](const char* key, Seconds value) {
    if (value.value == 0) return;
    (place / "compute" / key)
        .fail(fmt::format("must be 0 with protocol.kind {}, in which there is no server, got {}",
                          name_of(c.protocol.kind, protocols::protocol_choices), value.value));
  };
  must_be_0("server_seconds_per_iteration", c.compute.server_seconds_per_iteration);
  must_be_0("server_seconds_per_upload", c.compute.server_seconds_per_upload);
}

}  // namespace gradwire::scenario
