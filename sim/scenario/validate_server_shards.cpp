#include "sim/scenario/validate_server_shards.hpp"

#include <fmt/format.h>

#include <string>

#include "sim/algorithms/methods.hpp"
#include "sim/algorithms/server_steps/compressed_downlink.hpp"

namespace gradwire::scenario {
namespace {

/// Slices of a message are messages: factors of tensors have none, nor has what is not a vector of
/// the model, or is made of whole ones at the server.
void check_slices(const Scenario& c, const JsonLocation& place) {
  const algorithms::Ingredients parts = algorithms::ingredients_of(c.algorithm);
  const auto refuse = [&](const std::string& reason) {
    place.fail(fmt::format("must be 1 with {}, {}; got {}", c.algorithm.name, reason,
                           c.protocol.server_shards));
  };
  const algorithms::MessageShape shape =
      algorithms::shape_of(c.algorithm, one_entry_layout(), c.wire.values);
  if (shape.representation == Representation::low_rank) {
    refuse("whose messages are factors of whole tensors");
  }
  if (parts.compress->needs_every_worker) {
    refuse("whose workers exchange more than slices of the model before they upload");
  }
  if (parts.server_step->counts_signs || algorithms::compresses_downlink(c.algorithm)) {
    refuse("whose server sends a message made of all uploads in place of the model (D47)");
  }
}

void check_sharded_protocol(const protocols::ProtocolConfig& c, const JsonLocation& place) {
  if (c.broadcast == protocols::BroadcastKind::binomial) {
    (place / "broadcast")
        .fail(fmt::format("must be star or none with {} server_shards, each of which sends its "
                          "own stretch to all workers, got binomial",
                          c.server_shards));
  }
  if (c.on_failure != protocols::OnFailure::stop) {
    (place / "on_failure")
        .fail(fmt::format("must be stop with {} server_shards: what a failure leaves on its way "
                          "between a worker and some of them is not simulated; got {}",
                          c.server_shards, name_of(c.on_failure, protocols::on_failure_choices)));
  }
}

}  // namespace

void check_server_shards(const Scenario& c, const JsonLocation& place) {
  const bool on_workers = c.protocol.server == protocols::ServerPlace::worker0;
  if (c.platform.server_bandwidth && on_workers) {
    (place / "platform" / "server_bandwidth")
        .fail("goes with protocol.server dedicated only: worker0 has its own links");
  }
  if (c.protocol.server_shards == 1) return;
  const JsonLocation shards = place / "protocol" / "server_shards";
  if (on_workers && c.protocol.server_shards > c.workers) {
    shards.fail(fmt::format("must be at most workers ({}) with protocol.server worker0, got {}",
                            c.workers, c.protocol.server_shards));
  }
  check_slices(c, shards);
  check_sharded_protocol(c.protocol, place / "protocol");
}

}  // namespace gradwire::scenario
