#include "sim/results/recorder.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <sstream>
#include <vector>

namespace gradwire::results::recorder_test {
namespace {

using testing::ElementsAre;
using testing::StartsWith;

/// A run with four iterations per epoch, whose evaluations return the values that a test sets.
struct Training {
  scenario::Scenario scenario;
  std::vector<double> accuracies;  ///< results of the next evaluations; 0 after these
  std::int64_t finite_until = 1'000'000;
  std::string metrics;
  std::vector<Progress> reports;
  std::size_t evaluations = 0;
  std::int64_t iteration = 0;

  explicit Training(scenario::Scenario s) : scenario(std::move(s)) {}

  Recorder recorder() {
    return {scenario,
            4,
            {.evaluate =
                 [this] {
                   const std::size_t i = evaluations++;
                   return Evaluation{.loss = 0.5,
                                     .accuracy = i < accuracies.size() ? accuracies[i] : 0.0,
                                     .top5_accuracy = {}};
                 },
             .model_is_finite = [this] { return iteration <= finite_until; },
             .write = [this](const std::string& text) { metrics += text; },
             .report = [this](const Progress& progress) { reports.push_back(progress); }}};
  }

  /// Iteration t: five samples whose losses sum to `loss`, two of them correct.
  IterationRecord record(double loss) {
    ++iteration;
    return {
        .iteration = iteration,
        .finished = {0.1 * static_cast<double>(iteration)},
        .communication = {.rounds = 2,
                          .skipped = 1,
                          .uplink_payload = {320},
                          .uplink_wire = {41},
                          .downlink_wire = {120}},
        .busy = {.uplink = {0.01}, .downlink = {0.02}, .compute = {0.03}, .auxiliary_compute = {}},
        .train = {.loss = loss, .correct = 2, .samples = 5}};
  }

  /// Runs to the end; returns the number of iterations.
  std::int64_t finish(Recorder& recorder) {
    while (recorder.on_iteration(record(5.0))) {
    }
    return iteration;
  }

  /// A column of metrics.csv without its header.
  [[nodiscard]] std::vector<std::string> column(std::size_t index) const {
    std::vector<std::string> cells;
    std::istringstream lines(metrics);
    for (std::string line; std::getline(lines, line);) {
      std::istringstream words(line);
      std::string cell;
      for (std::size_t i = 0; i <= index; ++i) std::getline(words, cell, ',');
      cells.push_back(cell);
    }
    cells.erase(cells.begin());
    return cells;
  }
};

scenario::Scenario scenario_of(double epochs, std::int64_t evaluate_every) {
  scenario::Scenario scenario;
  scenario.epochs = epochs;
  scenario.evaluate_every = evaluate_every;
  return scenario;
}

TEST(PlannedIterations, RoundFractionsOfAnEpochAndAreAtLeastOne) {
  EXPECT_EQ(planned_iterations(scenario_of(2, 1), 600), 1200);
  EXPECT_EQ(planned_iterations(scenario_of(0.5, 1), 5), 3);
  EXPECT_EQ(planned_iterations(scenario_of(0.1, 1), 24), 2);
  EXPECT_EQ(planned_iterations(scenario_of(0.001, 1), 4), 1);
}

TEST(PlannedIterations, EndAtMaxIterationsWhenThatIsLess) {
  scenario::Scenario scenario = scenario_of(2, 1);
  scenario.max_iterations = 7;
  EXPECT_EQ(planned_iterations(scenario, 600), 7);
  EXPECT_EQ(planned_iterations(scenario, 2), 4);
}

TEST(Recorder, EvaluatesEveryNIterationsAtEpochEndsAndAtTheLast) {
  Training run(scenario_of(2.5, 3));
  Recorder recorder = run.recorder();

  run.finish(recorder);

  EXPECT_THAT(run.column(0), ElementsAre("3", "4", "6", "8", "9", "10"));
  EXPECT_THAT(run.column(1), ElementsAre("0.75", "1", "1.5", "2", "2.25", "2.5"));
}

TEST(Recorder, TrainLossAndAccuracyAreMeansOverTheEpochSoFar) {
  Training run(scenario_of(2, 2));
  Recorder recorder = run.recorder();

  for (const double loss : {1.0, 2.0, 3.0, 4.0, 10.0, 20.0}) {
    recorder.on_iteration(run.record(loss));
  }

  // (1 + 2) / 10, (1 + 2 + 3 + 4) / 20; the sums restart with the second epoch: (10 + 20) / 10
  EXPECT_THAT(run.column(8), ElementsAre("0.3", "0.5", "3"));
  EXPECT_THAT(run.column(9), ElementsAre("0.4", "0.4", "0.4"));
}

TEST(Recorder, RecentTrainLossIsTheMeanSinceTheRowBefore) {
  Training run(scenario_of(2, 3));
  Recorder recorder = run.recorder();

  for (const double loss : {1.0, 2.0, 3.0, 4.0, 10.0, 20.0}) {
    recorder.on_iteration(run.record(loss));
  }

  // Rows at 3, 4 (the end of the epoch) and 6: (1 + 2 + 3) / 15, 4 / 5, (10 + 20) / 10
  EXPECT_THAT(run.column(0), ElementsAre("3", "4", "6"));
  EXPECT_THAT(run.column(15), ElementsAre("0.4", "0.8", "3"));
  EXPECT_EQ(recorder.summary().final->recent_train_loss, 3.0);
}

TEST(Recorder, MeansOverNoMinibatchesAreEmpty) {
  scenario::Scenario scenario = scenario_of(0.75, 1);
  scenario.baseline = {.metric = scenario::BaselineMetric::train_accuracy, .above = 0.0};
  Training run(std::move(scenario));
  Recorder recorder = run.recorder();
  for (int t = 1; t <= 3; ++t) {
    IterationRecord record = run.record(5.0);
    if (t != 2) record.train = {};  // no worker took part
    recorder.on_iteration(record);
    EXPECT_EQ(recorder.summary().baseline.has_value(), t > 1);
  }

  EXPECT_THAT(run.column(8), ElementsAre("", "1", "1"));
  EXPECT_THAT(run.column(9), ElementsAre("", "0.4", "0.4"));
  EXPECT_THAT(run.column(15), ElementsAre("", "1", ""));
  const auto json = to_json(recorder.summary());
  EXPECT_TRUE(json.at("final").at("recent_train_loss").is_null());
}

TEST(Recorder, CountsAreCumulative) {
  Training run(scenario_of(1, 2));
  Recorder recorder = run.recorder();

  run.finish(recorder);

  EXPECT_THAT(run.column(3), ElementsAre("4", "8"));
  EXPECT_THAT(run.column(4), ElementsAre("2", "4"));
  EXPECT_THAT(run.column(5), ElementsAre("640", "1280"));
  EXPECT_THAT(run.column(6), ElementsAre("82", "164"));
  EXPECT_THAT(run.column(7), ElementsAre("240", "480"));
  EXPECT_THAT(run.column(12), ElementsAre("0.02", "0.04"));
  EXPECT_THAT(run.column(13), ElementsAre("0.04", "0.08"));
  EXPECT_THAT(run.column(14), ElementsAre("0.06", "0.12"));
  EXPECT_EQ(recorder.summary().communication.rounds, 8);
  EXPECT_EQ(recorder.summary().iterations, 4);
  EXPECT_DOUBLE_EQ(recorder.summary().busy.downlink.value, 0.08);
  EXPECT_DOUBLE_EQ(recorder.summary().simulated.value, 0.4);
}

TEST(Recorder, ReportsEachIterationWithTheLastAccuracy) {
  Training run(scenario_of(1, 2));
  run.accuracies = {0.25, 0.5};
  Recorder recorder = run.recorder();

  run.finish(recorder);

  ASSERT_EQ(run.reports.size(), 4U);
  EXPECT_EQ(run.reports[0].test_accuracy, std::nullopt);
  EXPECT_EQ(run.reports[2].test_accuracy, 0.25);
  EXPECT_EQ(run.reports[3].iteration, 4);
  EXPECT_EQ(run.reports[3].iterations, 4);
  EXPECT_EQ(run.reports[3].rounds, 8);
  EXPECT_FALSE(run.reports[2].ends);
  EXPECT_TRUE(run.reports[3].ends);
}

TEST(Recorder, BaselineIsTheFirstEvaluationStrictlyAbove) {
  Training run(scenario_of(2, 2));
  run.scenario.baseline = scenario::BaselineConfig{
      .metric = scenario::BaselineMetric::test_accuracy, .above = 0.5, .stop = false};
  run.accuracies = {0.4, 0.5, 0.6, 0.7};
  Recorder recorder = run.recorder();

  EXPECT_EQ(run.finish(recorder), 8);

  ASSERT_TRUE(recorder.summary().baseline);
  EXPECT_EQ(recorder.summary().baseline->iteration, 6);
  EXPECT_EQ(recorder.summary().baseline->communication.rounds, 12);
  EXPECT_EQ(recorder.summary().final->iteration, 8);
  EXPECT_EQ(recorder.summary().status, RunStatus::finished);
}

TEST(Recorder, StopsAtTheBaselineWhereAsked) {
  Training run(scenario_of(2, 2));
  run.scenario.baseline = scenario::BaselineConfig{
      .metric = scenario::BaselineMetric::test_accuracy, .above = 0.5, .stop = true};
  run.accuracies = {0.4, 0.6};
  Recorder recorder = run.recorder();

  EXPECT_EQ(run.finish(recorder), 4);

  EXPECT_EQ(recorder.summary().status, RunStatus::baseline);
  EXPECT_TRUE(run.reports.back().ends);
  EXPECT_EQ(recorder.summary().final->iteration, 4);
}

TEST(Recorder, BaselineCanBeOfTrainingAccuracy) {
  Training run(scenario_of(1, 2));
  run.scenario.baseline = scenario::BaselineConfig{
      .metric = scenario::BaselineMetric::train_accuracy, .above = 0.39, .stop = false};
  Recorder recorder = run.recorder();

  run.finish(recorder);

  ASSERT_TRUE(recorder.summary().baseline);
  EXPECT_EQ(recorder.summary().baseline->iteration, 2);
}

TEST(Recorder, WithoutABaselineNoneIsReached) {
  Training run(scenario_of(1, 2));
  run.accuracies = {1.0, 1.0};
  Recorder recorder = run.recorder();

  run.finish(recorder);

  EXPECT_FALSE(recorder.summary().baseline);
  EXPECT_TRUE(to_json(recorder.summary()).at("baseline").is_null());
}

TEST(Recorder, DivergesWhenTheLossIsNotANumber) {
  for (const double loss : {std::nan(""), std::numeric_limits<double>::infinity()}) {
    Training run(scenario_of(2, 1));
    Recorder recorder = run.recorder();

    EXPECT_TRUE(recorder.on_iteration(run.record(1.0)));
    EXPECT_FALSE(recorder.on_iteration(run.record(loss)));

    EXPECT_EQ(recorder.summary().status, RunStatus::diverged);
    EXPECT_EQ(recorder.summary().iterations, 2);
    EXPECT_EQ(recorder.summary().final->iteration, 1) << "a lost model is not evaluated";
  }
}

TEST(Recorder, DivergesWhenTheModelIsNotFinite) {
  Training run(scenario_of(2, 1));
  run.finite_until = 2;
  Recorder recorder = run.recorder();

  EXPECT_EQ(run.finish(recorder), 3);

  EXPECT_EQ(recorder.summary().status, RunStatus::diverged);
  EXPECT_THAT(run.column(0), ElementsAre("1", "2"));
}

TEST(Recorder, DivergingAtOnceLeavesNoFinalEvaluation) {
  Training run(scenario_of(1, 1));
  run.finite_until = 0;
  Recorder recorder = run.recorder();

  run.finish(recorder);

  EXPECT_TRUE(to_json(recorder.summary()).at("final").is_null());
}

TEST(Metrics, HaveTheColumnsOfTheContract) {
  scenario::Scenario scenario;
  EXPECT_EQ(metrics_header(scenario),
            "iteration,epoch,simulated_seconds,rounds,skipped,uplink_payload_bits,"
            "uplink_wire_bytes,downlink_wire_bytes,train_loss,train_accuracy,test_loss,"
            "test_accuracy,uplink_seconds,downlink_seconds,compute_seconds,recent_train_loss\n");
  scenario.top5 = true;
  scenario.dataset.name = "cifar10+mnist";
  EXPECT_THAT(metrics_header(scenario),
              testing::EndsWith(",test_accuracy,test_top5_accuracy,test_accuracy_cifar10,"
                                "test_accuracy_mnist,uplink_seconds,downlink_seconds,"
                                "compute_seconds,recent_train_loss\n"));
}

TEST(Metrics, CountSamplesWhereMinibatchesGrow) {
  Training run(scenario_of(1, 1));
  run.scenario.algorithm.name = "csgd";
  Recorder recorder = run.recorder();

  run.finish(recorder);

  EXPECT_THAT(metrics_header(run.scenario), testing::EndsWith(",recent_train_loss,samples\n"));
  EXPECT_THAT(run.column(16), ElementsAre("5", "10", "15", "20"));
}

TEST(Metrics, CutToAnOlderFilesColumnsAreThatFile) {
  const std::string now = "iteration,rounds,uplink_seconds,compute_seconds\n4,12,0.5,1\n8,24,1,2\n";

  const auto cut = cut_to_columns_of("iteration,rounds\n4,12\n", now);

  ASSERT_TRUE(cut);
  EXPECT_EQ(cut->text, "iteration,rounds\n4,12\n8,24\n");
  EXPECT_THAT(cut->dropped, ElementsAre("uplink_seconds", "compute_seconds"));
  EXPECT_FALSE(cut_to_columns_of("iteration,skipped\n", now));
  EXPECT_FALSE(cut_to_columns_of(now, "iteration,rounds\n4,12\n"));
  EXPECT_EQ(cut_to_columns_of(now, now)->text, now);
  EXPECT_FALSE(cut_to_columns_of("", now));
}

TEST(Metrics, BeginWithTheHeaderOnce) {
  Training run(scenario_of(1, 1));
  Recorder recorder = run.recorder();

  run.finish(recorder);

  EXPECT_THAT(run.metrics, StartsWith(metrics_header(run.scenario)));
  EXPECT_EQ(run.metrics.find("iteration", 1), std::string::npos);
}

TEST(Metrics, NumbersReadBackAsTheSameDoubles) {
  for (const double number : {0.1, 1.0 / 3.0, 1e-300, 123456789.123456789, 2.0 / 3.0 * 1e17}) {
    const std::string row = to_csv({.simulated = {number},
                                    .train_loss = number,
                                    .busy = {.uplink = {number}},
                                    .recent_train_loss = number},
                                   {});
    std::istringstream words(row);
    std::vector<std::string> cells;
    for (std::string cell; std::getline(words, cell, ',');) cells.push_back(cell);

    ASSERT_EQ(cells.size(), 16U);
    EXPECT_EQ(std::stod(cells[2]), number);
    EXPECT_EQ(std::stod(cells[8]), number);
    EXPECT_EQ(std::stod(cells[12]), number);
    EXPECT_EQ(std::stod(cells[15]), number);
  }
}

TEST(Summary, HasTheKeysOfTheContract) {
  const auto json = to_json(Summary{.final = MetricRow{}, .baseline = MetricRow{}});
  const auto has = [](const nlohmann::ordered_json& object, std::vector<std::string> keys) {
    for (const std::string& key : keys) EXPECT_TRUE(object.contains(key)) << key;
  };

  has(json, {"status", "iterations", "rounds", "skipped", "uplink_payload_bits",
             "uplink_wire_bytes", "downlink_wire_bytes", "simulated_seconds", "uplink_seconds",
             "downlink_seconds", "compute_seconds", "auxiliary_compute_seconds",
             "server_state_bytes", "worker_state_bytes", "parameters"});
  has(json.at("final"), {"test_accuracy", "test_loss", "train_loss", "train_accuracy"});
  has(json.at("baseline"), {"iteration", "rounds", "uplink_payload_bits", "uplink_wire_bytes",
                            "simulated_seconds", "test_accuracy"});
  has(json.at("wall"), {"total", "gradient", "rule", "evaluate", "simulate"});
}

}  // namespace
}  // namespace gradwire::results::recorder_test
