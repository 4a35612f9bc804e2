#pragma once

#include <string>
#include <string_view>

namespace gradwire::network {

/// The quantity that a profile varies.
enum class ProfileKind { speed, state, bandwidth, latency };

/// The first error in a profile's text (SimGrid's format: one date and value per line), with its
/// line; empty if none. Values that SimGrid's models cannot use are errors too: a speed or a
/// bandwidth must stay above 0.
[[nodiscard]] std::string profile_problem(ProfileKind kind, std::string_view text);

}  // namespace gradwire::network
