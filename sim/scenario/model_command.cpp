#include "sim/scenario/model_command.hpp"

#include <system_error>

#include "sim/scenario/digest.hpp"

namespace gradwire::scenario {
namespace {

namespace fs = std::filesystem;

bool is_looked_for_in_path(const learn::ExternalConfig& config, std::size_t word) {
  return word == 0 && config.command[word].find('/') == std::string::npos;
}

}  // namespace

std::string digest_of_command(const learn::ExternalConfig& config, const JsonLocation& place,
                              DigestCache& cache) {
  std::string digests;
  for (std::size_t i = 0; i < config.command.size(); ++i) {
    const fs::path file = fs::path(config.folder) / config.command[i];
    std::error_code ignored;
    if (is_looked_for_in_path(config, i) || !fs::is_regular_file(file, ignored)) continue;
    const std::string key = "command: " + file.string();  // of one file, unlike a platform's
    digests += cache.of(key, [&] { return digest_of_file(file, place / "command" / i); });
  }
  return digests.empty() ? "" : digest_of(digests);
}

void resolve_command(Scenario& scenario, const fs::path& folder, const JsonLocation& place,
                     DigestCache& cache) {
  if (scenario.model.name != learn::ModelKind::external) return;
  learn::ExternalConfig& config = scenario.model.external;
  config.folder = fs::absolute(folder / config.folder).lexically_normal().string();
  std::string& digest = scenario.model.digest;
  if (digest.empty()) digest = digest_of_command(config, place / "model", cache);
}

}  // namespace gradwire::scenario
