#include "sim/results/summary.hpp"

#include <fmt/format.h>

#include "sim/core/error.hpp"
#include "sim/results/columns.hpp"
#include "sim/scenario/digest.hpp"
#include "sim/scenario/json/json_file.hpp"

namespace gradwire::results {

scenario::Json to_json(const Summary& summary) {
  scenario::Json json;
  for (const SummaryColumn& column : summary_columns()) {
    const std::string& name = column.about.name;
    const std::string object = object_of(name);
    const std::optional<scenario::Json> value = column.value(summary);
    if (value) {
      (object.empty() ? json : json[object])[member_of(name)] = *value;
    } else if (is_null_if_empty(object) && !json.contains(object)) {
      json[object] = nullptr;
    }
  }
  return json;
}

std::optional<std::string> digest_of(const Summary& summary) {
  if (!summary.model_digest) return std::nullopt;
  const Communication& sent = summary.communication;
  return scenario::digest_of(fmt::format(
      "{} {} {} {} {} {}", *summary.model_digest, summary.simulated.value, sent.uplink_wire.value,
      sent.downlink_wire.value, sent.rounds, sent.uplink_payload.value));
}

std::optional<learn::DataIdentity> data_of(const scenario::Json& summary) {
  if (!summary.is_object() || !summary.contains("data")) return std::nullopt;
  const scenario::Json& data = summary["data"];
  const auto has = [&](const char* key, auto is_right) {
    return data.is_object() && data.contains(key) && (data[key].*is_right)();
  };
  if (!has("digest", &scenario::Json::is_string) ||
      !has("train_samples", &scenario::Json::is_number_integer) ||
      !has("test_samples", &scenario::Json::is_number_integer)) {
    return std::nullopt;
  }
  return learn::DataIdentity{.digest = data["digest"].get<std::string>(),
                             .train_samples = data["train_samples"].get<std::int64_t>(),
                             .test_samples = data["test_samples"].get<std::int64_t>()};
}

std::optional<learn::DataIdentity> data_of_run(const std::filesystem::path& folder) {
  try {
    return data_of(scenario::read_json_file(folder / "summary.json"));
  } catch (const InputError&) {
    return std::nullopt;
  }
}

std::string text_of(const learn::DataIdentity& data) {
  return fmt::format("{} + {} samples, digest {}", data.train_samples, data.test_samples,
                     data.digest);
}

const scenario::Json& empty_parts() {
  static const scenario::Json parts = [] {
    scenario::Json result;
    for (const SummaryColumn& column : summary_columns()) {
      const std::string object = object_of(column.about.name);
      if (!is_null_if_empty(object) || !column.about.when.empty()) continue;
      result[object][member_of(column.about.name)] = nullptr;
    }
    return result;
  }();
  return parts;
}

}  // namespace gradwire::results
