#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "sim/experiment/json.hpp"
#include "sim/experiment/place.hpp"
#include "sim/experiment/platform_copy.hpp"
#include "sim/experiment/scenario.hpp"

namespace gradwire::experiment {

/// Part of every hash: raised when the same scenario begins to give other results.
inline constexpr int results_version = 2;

/// Every setting that applies, with network factors as explicit numbers; keys as declared.
[[nodiscard]] Json to_json(const Scenario& scenario);

/// The inverse. Strict, and checks settings against each other; opens no other file. Throws
/// InputError at "where: /json/pointer".
[[nodiscard]] Scenario read_scenario(const Json& json, const std::string& where);
[[nodiscard]] Scenario read_scenario(const Json& json, const Place& place);

/// Writes into a resolved scenario (a results folder's scenario.json) the settings that came after
/// it and whose default is not how it was before. What people write has defaults.
void fill_in_later_settings(Json& scenario);

/// Makes a platform file's path absolute (from `folder`) and fills in its digest. If the scenario
/// has one already, the file must match it, or its copy in `folder` (platform_copy.hpp) takes its
/// place.
void resolve_platform(Scenario& scenario, const std::filesystem::path& folder, const Place& place,
                      DigestCache& cache);

/// A scenario.json, platform resolved.
[[nodiscard]] Scenario load_scenario(const std::filesystem::path& file);

/// 32 hex digits: XXH3-128 of the settings, sorted by key, and of results_version. A platform file
/// counts by its content, not its path.
[[nodiscard]] std::string scenario_hash(const Scenario& scenario);

/// Top-level settings on which no gradient depends: a replay may change them.
inline constexpr std::string_view replayable_settings[] = {
    "platform", "network_model", "network_factors", "protocol", "wire", "compute",
    "baseline", "top5",          "energy"};

/// Whether a replay may change the setting at this dotted path.
[[nodiscard]] bool is_replayable(std::string_view path);

/// 32 hex digits of all other settings: what a trace was learned under. Of all settings where the
/// server goes on without who is late.
[[nodiscard]] std::string learning_digest(const Scenario& scenario);

/// Algorithm and the hash's first 12 digits: "sasg-0123456789ab".
[[nodiscard]] std::string run_id(const Scenario& scenario);

}  // namespace gradwire::experiment
