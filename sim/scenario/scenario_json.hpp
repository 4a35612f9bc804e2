#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "sim/scenario/json/json.hpp"
#include "sim/scenario/json/json_location.hpp"
#include "sim/scenario/platform_copy.hpp"
#include "sim/scenario/scenario.hpp"

namespace gradwire::scenario {

/// Part of every hash; incremented when the same scenario gives other results than before.
inline constexpr int results_version = 2;

/// All settings that apply, with network factors as explicit numbers; keys as declared.
[[nodiscard]] Json to_json(const Scenario& scenario);

/// The inverse. Strict; also validates settings against each other; opens no other file. Throws
/// InputError at "where: /json/pointer".
[[nodiscard]] Scenario read_scenario(const Json& json, const std::string& where);
[[nodiscard]] Scenario read_scenario(const Json& json, const JsonLocation& place);

/// Adds to a resolved scenario (scenario.json of a results folder) the settings that are newer than
/// it and whose default is not the old behaviour, each with the value that reproduces that.
/// Scenarios written by users receive the defaults instead.
void fill_in_later_settings(Json& scenario);

/// Removes from a resolved scenario the settings that `older`, which an older gradwire resolved,
/// lacks and whose value is the old behaviour.
void forget_later_settings(const Json& older, Json& scenario);

/// Makes the paths of platform file, dataset "file" and external model's command absolute (relative
/// to `folder`), and sets the digests of the platform and of the command. If the scenario has a
/// platform's digest already, the file must match it; else its copy in `folder` (platform_copy.hpp)
/// is used. Throws InputError at `place`.
void resolve_files(Scenario& scenario, const std::filesystem::path& folder,
                   const JsonLocation& place, DigestCache& cache);

/// Reads a scenario.json and resolves its files.
[[nodiscard]] Scenario load_scenario(const std::filesystem::path& file);

/// 32 hex digits: XXH3-128 of the settings, sorted by key, and of results_version. Platform
/// files and models' files count by their contents, not their paths; folder and timeout of an
/// external model, and the folder and the digest of data (D40), do not count.
[[nodiscard]] std::string scenario_hash(const Scenario& scenario);

/// Top-level settings that no gradient depends on: a replay may change them.
inline constexpr std::string_view replayable_settings[] = {
    "platform", "network_model", "network_factors", "protocol", "wire", "compute",
    "baseline", "top5",          "energy"};

/// Those within them that gradients depend on nonetheless, as dotted paths.
inline constexpr std::string_view learned_settings[] = {"wire.values", "protocol.topology",
                                                        "protocol.mixing"};

/// Whether a replay may change the setting at this dotted path.
[[nodiscard]] bool is_replayable(std::string_view path);

/// 32 hex digits: digest of all other settings, which a trace depends on; of all settings if the
/// server continues without late workers (on_failure: go_on) or is asynchronous, since training
/// then depends on the timing.
[[nodiscard]] std::string learning_digest(const Scenario& scenario);

/// Algorithm and the first 12 digits of the hash: "sasg-0123456789ab".
[[nodiscard]] std::string run_id(const Scenario& scenario);

}  // namespace gradwire::scenario
