#pragma once

#include <string>
#include <string_view>

namespace gradwire::network {

/// What a profile varies.
enum class ProfileKind { speed, state, bandwidth, latency };

/// What is wrong with a profile's text (SimGrid's format: a date and a value a line), with its
/// line; empty if nothing is. Values that SimGrid's models cannot work with are wrong too: a speed
/// or a bandwidth must stay above 0.
[[nodiscard]] std::string profile_problem(ProfileKind kind, std::string_view text);

}  // namespace gradwire::network
