#pragma once

#include <cstdint>

#include "sim/algorithms/parameter.hpp"

// Parameters that several send rules share.

namespace gradwire::algorithms {

/// The largest value of max_delay: no bound in practice.
inline constexpr std::int64_t longest_delay = 1'000'000;
inline constexpr WholeParameter max_delay_parameter{
    .key = "max_delay",
    .help =
        "D, the most a worker's contribution may be late: it sends in the iteration D after "
        "its last upload at the latest (lasg: D + 1); default 1000000 for lag_wk and lag_ps, "
        "50 for lasg_ps",
    .range = {1, longest_delay, "iterations"},
    .default_value = 10};
inline constexpr NumberParameter threshold_scale_parameter{
    .key = "threshold_scale",
    .help =
        "c; lasg: skip when ||g(theta) - g(theta_last)||^2 <= c / (gamma M^2) S, with S the "
        "sum of the latest squared steps of theta; lag_wk, lag_ps, lasg_ps: in place of that "
        "bound c / (gamma^2 M^2 window) S, or with a mean of contributions "
        "c / (gamma^2 window) S; laq: c / (gamma^2 M^2 n) S of the n latest; lasg_wk1, lasg_wk2: "
        "as lag_wk, "
        "without gamma for threshold_by nothing; censored: w; cmfl: v_0",
    .range = {.at_least = 0, .up_to = 1e12},
    .default_value = 0.5};
inline constexpr NumberParameter threshold_offset_parameter{
    .key = "threshold_offset",
    .help = "added to the threshold; of censored: sigma_0",
    .range = {.at_least = 0, .up_to = 1e12},
    .default_value = 0};

}  // namespace gradwire::algorithms
