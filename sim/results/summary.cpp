#include "sim/results/summary.hpp"

#include <fmt/format.h>

#include "sim/core/error.hpp"
#include "sim/scenario/json/json_file.hpp"

namespace gradwire::results {
namespace {

using Json = nlohmann::ordered_json;

/// Adds the accuracies that only some scenarios measure.
void add_extras(const Evaluation& test, Json& part) {
  if (test.top5_accuracy) part["test_top5_accuracy"] = *test.top5_accuracy;
  for (const auto& [source, accuracy] : test.sources) part["test_accuracy_" + source] = accuracy;
}

Json final_json(const MetricRow& row) {
  Json part{{"iteration", row.iteration},   {"epoch", row.epoch},
            {"train_loss", row.train_loss}, {"train_accuracy", row.train_accuracy},
            {"test_loss", row.test.loss},   {"test_accuracy", row.test.accuracy}};
  add_extras(row.test, part);
  return part;
}

Json baseline_json(const MetricRow& row) {
  Json part{{"iteration", row.iteration},
            {"rounds", row.communication.rounds},
            {"uplink_payload_bits", row.communication.uplink_payload.value},
            {"uplink_wire_bytes", row.communication.uplink_wire.value},
            {"simulated_seconds", row.simulated.value},
            {"test_accuracy", row.test.accuracy}};
  add_extras(row.test, part);
  return part;
}

}  // namespace

scenario::Json to_json(const Summary& s) {
  const Communication& sent = s.communication;
  scenario::Json json = {{"status", s.status},
                         {"iterations", s.iterations},
                         {"rounds", sent.rounds},
                         {"skipped", sent.skipped},
                         {"uplink_payload_bits", sent.uplink_payload.value},
                         {"uplink_wire_bytes", sent.uplink_wire.value},
                         {"downlink_wire_bytes", sent.downlink_wire.value},
                         {"simulated_seconds", s.simulated.value},
                         {"uplink_seconds", s.busy.uplink.value},
                         {"downlink_seconds", s.busy.downlink.value},
                         {"compute_seconds", s.busy.compute.value},
                         {"auxiliary_compute_seconds", s.busy.auxiliary_compute.value},
                         {"server_seconds", s.busy.server.value},
                         {"server_state_bytes", s.server_state.value},
                         {"worker_state_bytes", s.worker_state.value},
                         {"parameters", s.parameters},
                         {"reduction", s.reduction},
                         {"final", s.final ? final_json(*s.final) : scenario::Json()},
                         {"baseline", s.baseline ? baseline_json(*s.baseline) : scenario::Json()},
                         {"environment", {{"blas", s.blas}, {"threads", s.threads}}},
                         {"wall",
                          {{"total", s.wall.total},
                           {"gradient", s.wall.gradient},
                           {"rule", s.wall.rule},
                           {"evaluate", s.wall.evaluate},
                           {"simulate", s.wall.simulate}}}};
  if (s.energy) {
    json["host_energy_joules"] = s.energy->hosts.value;
    json["link_energy_joules"] = s.energy->links.value;
  }
  if (s.measured) {
    json["measured"] = "tcp";
    json["tcp"] = {{"planned_iterations", s.measured->planned_iterations},
                   {"compute", s.measured->computes},
                   {"round_trip_seconds", s.measured->round_trip.value}};
  }
  if (sent.restarts > 0) json["restarts"] = sent.restarts;
  if (s.dropped) json["missed"] = *s.dropped;
  if (s.data) {
    json["data"] = {{"digest", s.data->digest},
                    {"train_samples", s.data->train_samples},
                    {"test_samples", s.data->test_samples}};
  }
  if (!s.notes.empty()) json["notes"] = s.notes;
  return json;
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
    scenario::Json result{{"final", final_json({})}, {"baseline", baseline_json({})}};
    for (auto& part : result) {
      for (auto& member : part) member = nullptr;
    }
    return result;
  }();
  return parts;
}

}  // namespace gradwire::results
