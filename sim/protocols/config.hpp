#pragma once

#include <optional>

#include "sim/core/choice_names.hpp"
#include "sim/core/units.hpp"

namespace gradwire::protocols {

/// How the server receives uploads. Sequential: in the order of the workers.
enum class Reception { sequential, concurrent };

/// In the order of Reception.
inline constexpr Choice reception_choices[] = {
    {"sequential", "the server receives one upload at a time, in order"},
    {"concurrent", "the server receives all uploads at once"}};
static_assert(has_row_for_each(reception_choices, Reception::concurrent));

/// Where the server runs.
enum class ServerPlace { dedicated, worker0 };

/// In the order of ServerPlace.
inline constexpr Choice server_place_choices[] = {
    {"dedicated", "on a host of its own"},
    {"worker0", "on the host of worker 0, whose messages then cross no link"}};
static_assert(has_row_for_each(server_place_choices, ServerPlace::worker0));

/// How the model comes to the workers. None: not simulated.
enum class BroadcastKind { star, binomial, none };

/// In the order of BroadcastKind.
inline constexpr Choice broadcast_choices[] = {
    {"star", "the server sends to all workers at once"},
    {"binomial", "along a binomial tree: workers pass it on before they compute"},
    {"none", "not charged: takes no time and no bytes, the paper's convention"}};
static_assert(has_row_for_each(broadcast_choices, BroadcastKind::none));

/// What follows from the failure of a worker's host; under go_on, also from a late upload.
enum class OnFailure { stop, wait, go_on };

/// In the order of OnFailure.
inline constexpr Choice on_failure_choices[] = {
    {"stop", "the run fails"},
    {"wait", "the server waits until the host returns and sends it the model again"},
    {"go_on", "the server goes on without it, as without whoever is later than timeout"}};
static_assert(has_row_for_each(on_failure_choices, OnFailure::go_on));

/// Object "protocol".
struct ProtocolConfig {
  Reception uplink = Reception::sequential;
  ServerPlace server = ServerPlace::dedicated;
  int skip_flag_bytes = 1;  ///< sent instead of an upload by a worker that skips
  BroadcastKind broadcast = BroadcastKind::star;
  OnFailure on_failure = OnFailure::stop;
  std::optional<Seconds> timeout;  ///< go_on: how long the server waits for an upload
  friend bool operator==(const ProtocolConfig&, const ProtocolConfig&) = default;
};

}  // namespace gradwire::protocols
