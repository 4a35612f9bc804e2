#include "sim/scenario/validate_asynchronous.hpp"

#include <fmt/format.h>

#include "sim/algorithms/methods.hpp"

namespace gradwire::scenario {

void check_asynchronous(const Scenario& c, const JsonLocation& place) {
  const bool is_asynchronous = c.protocol.kind == protocols::ProtocolKind::asynchronous;
  const JsonLocation kind = place / "protocol" / "kind";
  if (is_asynchronous && !algorithms::is_asynchronous(c.algorithm)) {
    kind.fail(
        fmt::format("asynchronous expects an asynchronous method (gradwire list algorithms), "
                    "got {}",
                    c.algorithm.name));
  }
  if (!is_asynchronous && algorithms::is_asynchronous(c.algorithm)) {
    kind.fail(fmt::format("must be asynchronous with {}, whose server waits for no one, got {}",
                          c.algorithm.name, name_of(c.protocol.kind, protocols::protocol_choices)));
  }
  if (is_asynchronous && c.compute.server_seconds_per_iteration.value != 0) {
    (place / "compute" / "server_seconds_per_iteration")
        .fail(fmt::format("must be 0 with protocol.kind asynchronous, whose server handles each "
                          "push by itself (server_seconds_per_upload), got {}",
                          c.compute.server_seconds_per_iteration.value));
  }
}

}  // namespace gradwire::scenario
