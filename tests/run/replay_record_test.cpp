#include "sim/run/replay_record.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

#include "sim/core/error.hpp"
#include "sim/scenario/scenario_json.hpp"
#include "tests/support/iteration.hpp"

namespace gradwire::run::replay_record_test {
namespace {

scenario::Scenario scenario_of(int workers) {
  scenario::Scenario scenario;
  scenario.workers = workers;
  scenario.epochs = 2;
  return scenario;
}

/// A trace of `iterations` iterations that fits the scenario except for the values in `header`.
std::string trace_of(const scenario::Scenario& scenario, std::int64_t iterations,
                     TraceHeader header) {
  IterationWork work = testing_support::one_exchange(
      100, std::vector<Part>(static_cast<std::size_t>(scenario.workers)));
  work.train.samples = 1;
  TraceWriter writer(testing_support::some_encodings());
  for (std::int64_t t = 0; t < iterations; ++t) {
    writer.add(work, Evaluation{.loss = 1.0, .accuracy = 0.5});
  }
  header.learning = scenario::learning_digest(scenario);
  return writer.file(header);
}

/// The error message of replaying the trace. Expects that an InputError is thrown before an
/// iteration is read.
std::string refusal(const scenario::Scenario& scenario, const std::string& bytes) {
  TraceReader trace(bytes, "trace.bin");
  const PlayFunction play = [](IterationSource&,
                               const protocols::OnIteration&) -> cost::ByteLedger {
    throw std::logic_error("was played");
  };
  try {
    static_cast<void>(record_replay(scenario, trace, 1, results::RunSink{}, play));
  } catch (const InputError& error) {
    EXPECT_EQ(trace.iterations_read(), 0);
    return error.what();
  } catch (const std::logic_error& error) {
    return error.what();
  }
  return "";
}

TEST(RecordReplay, RefusesATraceOfAnotherNumberOfWorkers) {
  const scenario::Scenario scenario = scenario_of(3);
  const std::string bytes = trace_of(scenario, 4, {.workers = 900'000, .iterations_per_epoch = 2});

  EXPECT_EQ(refusal(scenario, bytes), "trace.bin: is of 900000 workers, the scenario has 3");
}

TEST(RecordReplay, RefusesATraceOfMoreIterationsThanTheScenarioHas) {
  const scenario::Scenario scenario = scenario_of(3);
  const std::string bytes = trace_of(scenario, 5, {.workers = 3, .iterations_per_epoch = 2});

  EXPECT_EQ(refusal(scenario, bytes), "trace.bin: has 5 iterations, the scenario at most 4");
}

TEST(RecordReplay, PlaysATraceThatFits) {
  const scenario::Scenario scenario = scenario_of(3);
  const std::string bytes = trace_of(scenario, 4, {.workers = 3, .iterations_per_epoch = 2});
  results::RunSink output{.metrics = [](const std::string&) {},
                          .progress = [](const results::Progress&) {},
                          .iteration = nullptr};
  TraceReader trace(bytes, "trace.bin");

  bool played = false;
  const PlayFunction play = [&](IterationSource&, const protocols::OnIteration&) {
    played = true;
    return cost::ByteLedger{};
  };
  static_cast<void>(record_replay(scenario, trace, 1, output, play));
  EXPECT_TRUE(played);
}

/// The error message of replaying one iteration with this evaluation; empty if there is none.
std::string refusal_of_evaluation(const scenario::Scenario& scenario, const Evaluation& recorded) {
  IterationWork work = testing_support::one_exchange(100, std::vector<Part>(3));
  work.train.samples = 1;
  TraceWriter writer(testing_support::some_encodings());
  writer.add(work, recorded);
  TraceReader trace(writer.file({.workers = 3, .learning = scenario::learning_digest(scenario)}),
                    "trace.bin");
  results::RunSink output{.metrics = [](const std::string&) {},
                          .progress = [](const results::Progress&) {},
                          .iteration = nullptr};
  const PlayFunction play = [](IterationSource& iterations,
                               const protocols::OnIteration& on_iteration) {
    static_cast<void>(iterations.next());
    iterations.finish();
    static_cast<void>(on_iteration({.iteration = 1}));
    return cost::ByteLedger{};
  };
  try {
    static_cast<void>(record_replay(scenario, trace, 1, output, play));
    return "";
  } catch (const InputError& error) {
    return error.what();
  }
}

TEST(RecordReplay, NamesAccuraciesThatWereNotRecorded) {
  scenario::Scenario scenario = scenario_of(3);
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
}  // namespace gradwire::run::replay_record_test
