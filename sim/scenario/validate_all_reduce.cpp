#include "sim/scenario/validate_all_reduce.hpp"

#include <fmt/format.h>

#include <string_view>

#include "sim/algorithms/methods.hpp"
#include "sim/algorithms/server_steps/compressed_downlink.hpp"
#include "sim/scenario/absence_of_server.hpp"
#include "sim/scenario/cost_of.hpp"

namespace gradwire::scenario {
namespace {

using protocols::CollectiveKind;

void check_group_size(const Scenario& scenario, const JsonLocation& place) {
  const protocols::CollectiveConfig& c = scenario.protocol.collective;
  const bool has_groups = c.kind == CollectiveKind::two_level;
  if (has_groups && !c.group_size) {
    place.fail("group_size is missing, since collective is two_level");
  }
  if (!c.group_size) return;
  if (has_groups) return check_groups_of(scenario, *c.group_size, place / "group_size");
  (place / "group_size")
      .fail(fmt::format("goes with collective two_level only, got {}",
                        name_of(c.kind, protocols::collective_choices)));
}

/// Smaller pieces than a header make no sense; the pieces of a message are counted when its size is
/// known (CollectiveLoad).
void check_chunks(const protocols::ProtocolConfig& c, const JsonLocation& place) {
  if (c.chunk_bytes == 0 || c.chunk_bytes >= protocols::least_chunk_bytes) return;
  place.fail(fmt::format("must be 0 (messages are sent whole) or at least {}, got {}",
                         protocols::least_chunk_bytes, c.chunk_bytes));
}

void check_method(const Scenario& c, const JsonLocation& place) {
  const algorithms::Ingredients parts = algorithms::ingredients_of(c.algorithm);
  const JsonLocation kind = place / "protocol" / "kind";
  if (selects_workers(c)) {
    const bool by_rule = algorithms::selects_workers(c.algorithm);
    kind.fail(
        fmt::format("must be parameter_server with {}, whose server selects the workers that "
                    "take part; in all_reduce all do",
                    by_rule ? parts.send->name : "a participation below 1"));
  }
  if (parts.update->is_grouped) {
    kind.fail(fmt::format(
        "must be parameter_server with {}: its server holds a model per group, and most "
        "exchanges are inside groups; a collective is among all workers",
        c.algorithm.name));
  }
  if (algorithms::compresses_downlink(c.algorithm)) {
    (place / "algorithm" / "downlink")
        .fail(
            "compressed goes with protocol.kind parameter_server only: in all_reduce nothing is "
            "sent down");
  }
}

/// Parts of an upload must be final before the whole gradient is computed.
void check_buckets(const Scenario& c, const JsonLocation& place) {
  if (c.protocol.buckets == 1) return;
  const algorithms::Ingredients parts = algorithms::ingredients_of(c.algorithm);
  if (parts.send->skips) {
    place.fail(
        fmt::format("must be 1 with {}, which decides about an upload when all of the "
                    "gradient is computed, got {}",
                    parts.send->name, c.protocol.buckets));
  }
  if (parts.compress->is_identity && sends_dense(c)) return;
  place.fail(fmt::format(
      "must be 1 with {}: only dense uploads of floats can be summed part by "
      "part, got {}",
      parts.compress->is_identity ? std::string_view("short wire.values") : parts.compress->name,
      c.protocol.buckets));
}

}  // namespace

void check_all_reduce(const Scenario& scenario, const JsonLocation& place) {
  const JsonLocation protocol = place / "protocol";
  check_group_size(scenario, protocol);
  check_chunks(scenario.protocol, protocol / "chunk_bytes");
  check_method(scenario, place);
  check_absence_of_server(scenario, place);
  check_buckets(scenario, protocol / "buckets");
}

void check_groups_of(const Scenario& scenario, std::int64_t size, const JsonLocation& place) {
  if (size <= scenario.workers) return;
  place.fail(fmt::format("must be at most workers ({}), got {}", scenario.workers, size));
}

}  // namespace gradwire::scenario
