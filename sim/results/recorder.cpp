#include "sim/results/recorder.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <stdexcept>
#include <utility>

#include "sim/algorithms/methods.hpp"
#include "sim/core/stopwatch.hpp"

namespace gradwire::results {
namespace {

/// Precondition: validated, so that the metric is measured.
double accuracy_of(const MetricRow& row, scenario::BaselineMetric metric) {
  switch (metric) {
    case scenario::BaselineMetric::test_accuracy:
      return row.test.accuracy.value();
    case scenario::BaselineMetric::test_top5_accuracy:
      return row.test.top5_accuracy.value();
    case scenario::BaselineMetric::train_accuracy:
      return row.train_accuracy.value_or(0.0);  // no minibatch yet
    case scenario::BaselineMetric::objective:
      break;
  }
  throw std::logic_error("no accuracy");
}

/// The mean of a sum over these minibatches; none without any (no worker took part).
std::optional<double> mean(double sum, const BatchStatistics& of) {
  if (of.samples == 0) return std::nullopt;
  return sum / static_cast<double>(of.samples);
}

/// F - F*, or its share of F(theta^0) - F*.
double gap_of(const Objective& objective, const scenario::BaselineConfig& baseline) {
  const double optimum = baseline.optimum.value_or(0.0);
  const double gap = objective.value - optimum;
  switch (baseline.gap) {
    case scenario::Gap::absolute:
      return gap;
    case scenario::Gap::relative:
      return gap / (objective.initial_value - optimum);
  }
  throw std::logic_error("no such gap");
}

}  // namespace

std::int64_t planned_iterations(const scenario::Scenario& scenario,
                                std::int64_t iterations_per_epoch) {
  const scenario::EpochClock clock(scenario, iterations_per_epoch);
  const double wanted = clock.iterations(scenario.epochs);
  const std::int64_t all = std::max<std::int64_t>(1, std::llround(wanted));
  return scenario.max_iterations ? std::min(all, *scenario.max_iterations) : all;
}

Recorder::Recorder(const scenario::Scenario& scenario, std::int64_t iterations_per_epoch,
                   Hooks hooks, const EncodingNames& encodings)
    : scenario_(scenario),
      clock_(scenario, iterations_per_epoch),
      planned_(results::planned_iterations(scenario, iterations_per_epoch)),
      hooks_(std::move(hooks)) {
  summary_.reduction = algorithms::reduction_of(scenario.algorithm);
  if (scenario.protocol.on_failure == protocols::OnFailure::go_on) summary_.dropped = 0;
  if (scenario.protocol.kind == protocols::ProtocolKind::gossip) {
    summary_.graph = scenario::graph_properties(scenario);
  }
  for (const std::string& name : encodings) summary_.encoded.push_back({name, {}});
  hooks_.write(metrics_header(scenario_));
}

bool Recorder::on_learned(std::int64_t iteration, const BatchStatistics& train) {
  start_epoch_if_due(iteration);
  epoch_ += train;
  recent_ += train;
  samples_ += train.samples;
  Learned& learned = learned_.emplace_back();
  learned.go_on = iteration < planned_;
  if (!std::isfinite(train.loss) || !hooks_.model_is_finite()) {
    learned.status = RunStatus::diverged;
    learned.go_on = false;
  } else if (time_to_evaluate(iteration)) {
    learned.row = evaluated_row(iteration);
    learned.reaches_baseline = !has_baseline_ && reaches_baseline(*learned.row);
    has_baseline_ = has_baseline_ || learned.reaches_baseline;
    if (learned.reaches_baseline && scenario_.baseline->stop) {
      learned.status = RunStatus::baseline;
      learned.go_on = false;
    }
  }
  return learned.go_on;
}

void Recorder::on_timed(const IterationRecord& record) {
  if (learned_.empty()) throw std::logic_error("an iteration was simulated before it was learned");
  const Learned learned = std::move(learned_.front());
  learned_.pop_front();
  has_more_ = learned.go_on;
  add(record);
  if (learned.status != RunStatus::finished) summary_.status = learned.status;
  if (learned.row) keep(learned, record);
  hooks_.report({.iteration = record.iteration,
                 .iterations = planned_,
                 .rounds = summary_.communication.rounds,
                 .test_accuracy = summary_.final ? summary_.final->test.accuracy : std::nullopt,
                 .ends = !learned.go_on});
}

void Recorder::add(const IterationRecord& record) {
  summary_.iterations = record.iteration;
  summary_.communication += record.communication;
  if (summary_.dropped) *summary_.dropped += record.communication.dropped;
  summary_.busy += record.busy;
  count_encoded(record);
  for (const ClientActivity& activity : record.activities) {
    if (activity.kind != ClientActivity::Kind::apply) continue;
    ++staleness_.pushes;
    staleness_.sum += activity.staleness;
    staleness_.largest = std::max(staleness_.largest, activity.staleness);
  }
  summary_.simulated = record.finished;
}

void Recorder::keep(const Learned& learned, const IterationRecord& record) {
  MetricRow row = *learned.row;
  row.simulated = record.finished;
  row.communication = summary_.communication;
  row.busy = summary_.busy;
  row.staleness = std::exchange(staleness_, {});
  hooks_.write(to_csv(row, scenario_));
  if (learned.reaches_baseline) summary_.baseline = row;
  summary_.final = std::move(row);
}

void Recorder::count_encoded(const IterationRecord& record) {
  for (const EdgeMessage& push : record.pushes) {
    for (std::size_t i = 0; i < summary_.encoded.size(); ++i) {
      summary_.encoded[i].bits += push.sent.encoded[i];
    }
  }
  for (const ExchangeRecord& exchange : record.exchanges) {
    for (std::size_t m = 0; m < exchange.parts.size(); ++m) {
      if (exchange.times[m].dropped) continue;
      const EncodedSizes& sizes = exchange.parts[m].upload.encoded;
      for (std::size_t i = 0; i < summary_.encoded.size(); ++i)
        summary_.encoded[i].bits += sizes[i];
    }
  }
}

void Recorder::start_epoch_if_due(std::int64_t iteration) {
  if (clock_.ends_epoch(iteration - 1)) epoch_ = {};
}

bool Recorder::time_to_evaluate(std::int64_t iteration) const {
  const bool ends_epoch = !scenario_.batch_size.is_whole_shard() && !clock_.spans_epochs() &&
                          clock_.ends_epoch(iteration);
  return iteration % scenario_.evaluate_every == 0 || ends_epoch || iteration == planned_;
}

bool Recorder::reaches_baseline(const MetricRow& row) const {
  if (!scenario_.baseline) return false;
  const scenario::BaselineConfig& baseline = *scenario_.baseline;
  if (baseline.metric == scenario::BaselineMetric::objective) {
    return gap_of(row.test.objective.value(), baseline) < baseline.below.value();
  }
  return accuracy_of(row, baseline.metric) > baseline.above.value();
}

MetricRow Recorder::evaluated_row(std::int64_t iteration) {
  const Stopwatch watch;
  Evaluation test = hooks_.evaluate();
  if (!scenario_.top5) test.top5_accuracy.reset();
  summary_.wall.evaluate += watch.elapsed().value;
  const BatchStatistics recent = std::exchange(recent_, {});
  std::optional<double> train_accuracy;
  if (test.accuracy) train_accuracy = mean(static_cast<double>(epoch_.correct), epoch_);
  return {.iteration = iteration,
          .epoch = clock_.epochs(iteration),
          .simulated = {},
          .train_loss = mean(epoch_.loss, epoch_),
          .train_accuracy = train_accuracy,
          .test = test,
          .recent_train_loss = mean(recent.loss, recent),
          .samples = samples_};
}

}  // namespace gradwire::results
