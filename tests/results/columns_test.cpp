#include "sim/results/columns.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "sim/algorithms/methods.hpp"
#include "sim/results/runs_table.hpp"

namespace gradwire::results::columns_test {
namespace {

using Json = nlohmann::ordered_json;
using testing::ElementsAreArray;
using testing::HasSubstr;

/// An evaluation with all accuracies.
MetricRow whole_row() {
  MetricRow row{
      .iteration = 3,
      .train_loss = 0.625,
      .train_accuracy = 0.125,
      .test = {.accuracy = 0.375, .top5_accuracy = 0.5, .objective = Objective{2.0, 3.0}}};
  row.recent_train_loss = 0.75;
  row.test.nodes = NodesEvaluation{.mean_accuracy = 0.5,
                                   .worst_accuracy = 0.25,
                                   .consensus_distance = 1.5,
                                   .nonzero_share = 0.875};
  row.staleness = {.pushes = 2, .sum = 3, .largest = 2};
  row.test.sources = {{"cifar10", 0.25}, {"mnist", 0.75}};
  return row;
}

/// A summary with all members.
Summary whole_summary() {
  Summary summary{.energy = network::Energy{},
                  .measured = Measured{},
                  .dropped = 1,
                  .final = whole_row(),
                  .baseline = whole_row(),
                  .data = learn::DataIdentity{.digest = "ab"},
                  .graph = scenario::GraphProperties{.spectral_gap = 0.5},
                  .smoothness = 4.0,
                  .encoded = {{.encoding = "values=float32", .bits = {64}}},
                  .model_digest = "cd",
                  .notes = {"A note."}};
  summary.communication.restarts = 1;
  summary.simgrid = "3.32.0";
  summary.libtorch = "1.13.0";
  summary.onednn = "none";
  return summary;
}

template <class Columns>
std::vector<std::string> names_of(const Columns& columns) {
  std::vector<std::string> names;
  for (const auto& column : columns) names.push_back(column.about.name);
  return names;
}

/// Dotted names of the members of an object and of its objects.
std::vector<std::string> members_of(const Json& json) {
  std::vector<std::string> names;
  const std::string by_encoding = "uplink_bits_by_encoding";
  for (const auto& [name, text] : flattened("", json)) {
    names.push_back(name.starts_with(by_encoding) ? by_encoding : name);
  }
  return names;
}

bool has_type(const Json& value, ColumnType type) {
  switch (type) {
    case ColumnType::whole:
      return value.is_number_integer();
    case ColumnType::number:
      return value.is_number_float();
    case ColumnType::text:
      return value.is_string();
    case ColumnType::flag:
      return value.is_boolean();
    case ColumnType::texts:
      return value.is_array() && value.front().is_string();
    case ColumnType::wholes:
      return value.is_object() && value.front().is_number_integer();
  }
  return false;
}

Json value_at(const Json& json, const std::string& name) {
  const std::string object = object_of(name);
  return (object.empty() ? json : json.at(object)).at(member_of(name));
}

TEST(Columns, OfASummaryAreItsMembers) {
  std::vector<std::string> listed = names_of(summary_columns());
  std::vector<std::string> written = members_of(to_json(whole_summary()));
  EXPECT_THAT(written, ElementsAreArray(listed));
}

TEST(Columns, HaveTheTypesOfTheirValues) {
  const Json json = to_json(whole_summary());
  for (const SummaryColumn& column : summary_columns()) {
    const std::string& name = column.about.name;
    EXPECT_TRUE(has_type(value_at(json, name), column.about.type)) << name;
  }
  for (const MetricColumn& column : metric_columns()) {
    const bool whole = std::holds_alternative<std::int64_t>(column.value(whole_row()).value());
    EXPECT_EQ(whole, column.about.type == ColumnType::whole) << column.about.name;
  }
  for (const WorkerColumn& column : worker_columns()) {
    const bool whole = std::holds_alternative<std::int64_t>(column.value({}));
    EXPECT_EQ(whole, column.about.type == ColumnType::whole) << column.about.name;
  }
}

TEST(Columns, AreNamedOncePerFileAndExplained) {
  std::vector<std::vector<Column>> files(7);
  for (const auto& column : metric_columns()) files[0].push_back(column.about);
  for (const auto& column : summary_columns()) files[1].push_back(column.about);
  for (const auto& column : worker_columns()) files[2].push_back(column.about);
  files[3] = run_columns();
  for (const auto& column : shard_columns()) files[4].push_back(column.about);
  for (const auto& column : graph_columns()) files[5].push_back(column.about);
  for (const auto& column : staleness_columns()) files[6].push_back(column.about);

  for (const std::vector<Column>& file : files) {
    std::set<std::string> names;
    for (const Column& column : file) {
      EXPECT_TRUE(names.insert(column.name).second) << column.name;
      EXPECT_NE(column.meaning, "") << column.name;
      EXPECT_EQ(column.meaning.find('|'), std::string::npos) << "ends a cell of the reference";
    }
  }
}

TEST(Columns, ThatAlwaysExistAreInEverySummaryAndTheOthersAreNot) {
  const Json json = to_json(Summary{.final = MetricRow{}, .baseline = MetricRow{}});
  std::vector<std::string> always;
  for (const SummaryColumn& column : summary_columns()) {
    if (column.about.when.empty()) always.push_back(column.about.name);
  }
  EXPECT_THAT(members_of(json), ElementsAreArray(always));
}

TEST(Columns, OfMetricsApplyWithoutAConditionToAnyScenario) {
  for (const MetricColumn& column : metric_columns()) {
    EXPECT_EQ(column.applies(scenario::Scenario{}), column.about.when.empty()) << column.about.name;
  }
}

TEST(Columns, OfEvaluationsMeanTheSameInMetricsAndSummary) {
  const Json json = to_json(whole_summary());
  for (const MetricColumn& column : metric_columns()) {
    for (const char* part : {"final", "baseline"}) {
      const std::string& name = column.about.name;
      if (!json.at(part).contains(name)) continue;
      const Json listed = std::visit([](auto v) { return Json(v); }, *column.value(whole_row()));
      EXPECT_EQ(json.at(part).at(name), listed) << part << "." << name;
    }
  }
}

// The members that gradwire 0.1.0 wrote before the list of columns existed, in their order.
TEST(Columns, BeginWithThoseThatScriptsKnow) {
  const std::vector<std::string> known{"status",
                                       "iterations",
                                       "rounds",
                                       "skipped",
                                       "uplink_payload_bits",
                                       "uplink_wire_bytes",
                                       "downlink_wire_bytes",
                                       "simulated_seconds",
                                       "uplink_seconds",
                                       "downlink_seconds",
                                       "compute_seconds",
                                       "auxiliary_compute_seconds",
                                       "server_seconds",
                                       "server_state_bytes",
                                       "worker_state_bytes",
                                       "parameters",
                                       "reduction",
                                       "final.iteration",
                                       "final.epoch",
                                       "final.train_loss",
                                       "final.train_accuracy",
                                       "final.test_loss",
                                       "final.test_accuracy",
                                       "final.test_top5_accuracy",
                                       "final.test_accuracy_cifar10",
                                       "final.test_accuracy_mnist",
                                       "baseline.iteration",
                                       "baseline.rounds",
                                       "baseline.uplink_payload_bits",
                                       "baseline.uplink_wire_bytes",
                                       "baseline.simulated_seconds",
                                       "baseline.test_accuracy",
                                       "baseline.test_top5_accuracy",
                                       "baseline.test_accuracy_cifar10",
                                       "baseline.test_accuracy_mnist",
                                       "environment.blas",
                                       "environment.threads",
                                       "wall.total",
                                       "wall.gradient",
                                       "wall.rule",
                                       "wall.evaluate",
                                       "wall.simulate",
                                       "host_energy_joules",
                                       "link_energy_joules",
                                       "measured",
                                       "tcp.planned_iterations",
                                       "tcp.compute",
                                       "tcp.round_trip_seconds",
                                       "restarts",
                                       "missed",
                                       "data.digest",
                                       "data.train_samples",
                                       "data.test_samples",
                                       "notes"};
  std::vector<std::string> not_later;
  for (const SummaryColumn& column : summary_columns()) {
    if (!column.later) not_later.push_back(column.about.name);
  }
  EXPECT_THAT(not_later, ElementsAreArray(known));
}

TEST(Columns, WithoutAnEvaluationGiveNull) {
  const Json json = to_json(Summary{});

  EXPECT_TRUE(json.at("final").is_null());
  EXPECT_TRUE(json.at("baseline").is_null());
  EXPECT_TRUE(json.at("digest").is_null());
  for (const char* absent : {"tcp", "data", "notes", "restarts", "missed", "measured"}) {
    EXPECT_FALSE(json.contains(absent)) << absent;
  }
}

TEST(Columns, AreAllInTheReferenceAndTheJson) {
  const std::string text = columns_reference();
  const Json json = columns_json();
  std::size_t rows = 0;
  for (const auto& [file, columns] : json.items()) {
    if (file == "methods") continue;
    EXPECT_THAT(text, HasSubstr("### `" + file + "`\n"));
    for (const Json& column : columns) {
      EXPECT_THAT(text, HasSubstr("\n| `" + column.at("name").get<std::string>() + "` | " +
                                  column.at("type").get<std::string>()));
      ++rows;
    }
  }
  EXPECT_EQ(json.at("methods").size(), algorithms::methods().size());
  EXPECT_EQ(rows, 1 + metric_columns().size() + summary_columns().size() + worker_columns().size() +
                      shard_columns().size() + graph_columns().size() + staleness_columns().size());
}

// tests/reference/digest.py
TEST(Digest, IsOfTheModelTheEndAndTheCounts) {
  Summary summary{.simulated = {0.1}, .model_digest = "cd"};
  summary.communication = {.rounds = 5,
                           .skipped = 9,
                           .uplink_payload = {64},
                           .uplink_wire = {11},
                           .downlink_wire = {12}};

  EXPECT_EQ(digest_of(summary), "f8f963ce41992e81dc1133bac9da6bc4");
  EXPECT_EQ(to_json(summary).at("digest"), *digest_of(summary));
}

TEST(Digest, ChangesWithEachPart) {
  Summary summary{.simulated = {0.1}, .model_digest = "cd"};
  std::set<std::string> digests{*digest_of(summary)};
  const auto is_new = [&](const Summary& changed) {
    return digests.insert(*digest_of(changed)).second;
  };

  Summary other = summary;
  other.model_digest = "ce";
  EXPECT_TRUE(is_new(other));
  other = summary;
  other.simulated.value = std::nextafter(0.1, 1.0);
  EXPECT_TRUE(is_new(other)) << "all digits count";
  other = summary;
  other.communication.rounds = 1;
  EXPECT_TRUE(is_new(other));
  other = summary;
  other.communication.uplink_payload.value = 1;
  EXPECT_TRUE(is_new(other));
  other = summary;
  other.communication.uplink_wire.value = 1;
  EXPECT_TRUE(is_new(other));
  other = summary;
  other.communication.downlink_wire.value = 1;
  EXPECT_TRUE(is_new(other));
}

TEST(Digest, IsUnknownWithoutTheModels) { EXPECT_EQ(digest_of(Summary{}), std::nullopt); }

}  // namespace
}  // namespace gradwire::results::columns_test
