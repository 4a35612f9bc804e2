#include "sim/experiment/replay_record.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

#include "sim/core/error.hpp"
#include "sim/experiment/scenario_json.hpp"

namespace gradwire::experiment {
namespace {

Scenario scenario_of(int workers) {
  Scenario scenario;
  scenario.workers = workers;
  scenario.epochs = 2;
  return scenario;
}

/// A trace of `iterations` that fits the scenario but for what `header` says.
std::string trace_of(const Scenario& scenario, std::int64_t iterations, TraceHeader header) {
  IterationWork work{
      .model = {400},
      .workers = std::vector<WorkerWork>(static_cast<std::size_t>(scenario.workers))};
  work.train.samples = 1;
  TraceWriter writer;
  for (std::int64_t t = 0; t < iterations; ++t) {
    writer.add(work, Evaluation{.loss = 1.0, .accuracy = 0.5});
  }
  header.learning = learning_digest(scenario);
  return writer.file(header);
}

/// What is wrong with replaying the trace; nothing of it may be read before that is known.
std::string refusal(const Scenario& scenario, const std::string& bytes) {
  TraceReader trace(bytes, "trace.bin");
  const Play play = [](actors::Iterations&, const actors::OnIteration&) -> actors::Books {
    throw std::logic_error("was played");
  };
  try {
    static_cast<void>(record_replay(scenario, trace, 1, RunOutput{}, play));
  } catch (const InputError& error) {
    EXPECT_EQ(trace.iterations_read(), 0);
    return error.what();
  } catch (const std::logic_error& error) {
    return error.what();
  }
  return "";
}

TEST(RecordReplay, RefusesATraceOfAnotherNumberOfWorkers) {
  const Scenario scenario = scenario_of(3);
  const std::string bytes = trace_of(scenario, 4, {.workers = 900'000, .iterations_per_epoch = 2});

  EXPECT_EQ(refusal(scenario, bytes), "trace.bin: is of 900000 workers, the scenario has 3");
}

TEST(RecordReplay, RefusesATraceOfMoreIterationsThanTheScenarioHas) {
  const Scenario scenario = scenario_of(3);
  const std::string bytes = trace_of(scenario, 5, {.workers = 3, .iterations_per_epoch = 2});

  EXPECT_EQ(refusal(scenario, bytes), "trace.bin: has 5 iterations, the scenario at most 4");
}

TEST(RecordReplay, PlaysATraceThatFits) {
  const Scenario scenario = scenario_of(3);
  const std::string bytes = trace_of(scenario, 4, {.workers = 3, .iterations_per_epoch = 2});
  RunOutput output{.metrics = [](const std::string&) {},
                   .progress = [](const Progress&) {},
                   .iteration = nullptr};
  TraceReader trace(bytes, "trace.bin");

  bool played = false;
  const Play play = [&](actors::Iterations&, const actors::OnIteration&) {
    played = true;
    return actors::Books{};
  };
  static_cast<void>(record_replay(scenario, trace, 1, output, play));
  EXPECT_TRUE(played);
}

/// Replays one iteration and evaluates it.
std::string refusal_of_evaluation(const Scenario& scenario, const Evaluation& recorded) {
  IterationWork work{.model = {400}, .workers = std::vector<WorkerWork>(3)};
  work.train.samples = 1;
  TraceWriter writer;
  writer.add(work, recorded);
  TraceReader trace(writer.file({.workers = 3, .learning = learning_digest(scenario)}),
                    "trace.bin");
  RunOutput output{.metrics = [](const std::string&) {},
                   .progress = [](const Progress&) {},
                   .iteration = nullptr};
  const Play play = [](actors::Iterations& iterations, const actors::OnIteration& on_iteration) {
    static_cast<void>(iterations.next());
    static_cast<void>(on_iteration({.iteration = 1}));
    return actors::Books{};
  };
  try {
    static_cast<void>(record_replay(scenario, trace, 1, output, play));
    return "";
  } catch (const InputError& error) {
    return error.what();
  }
}

TEST(RecordReplay, NamesAccuraciesThatWereNotRecorded) {
  Scenario scenario = scenario_of(3);
  const Evaluation plain{.loss = 1.0, .accuracy = 0.5};
  EXPECT_EQ(refusal_of_evaluation(scenario, plain), "");

  scenario.top5 = true;
  EXPECT_EQ(refusal_of_evaluation(scenario, plain),
            "trace.bin: iteration 1 was recorded without its top-5 accuracy");

  scenario.top5 = false;
  scenario.dataset.name = "cifar10+mnist";
  EXPECT_EQ(refusal_of_evaluation(scenario, plain),
            "trace.bin: iteration 1 was recorded without the accuracy on cifar10");
}

}  // namespace
}  // namespace gradwire::experiment
