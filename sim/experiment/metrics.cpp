#include "sim/experiment/metrics.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace gradwire::experiment {
namespace {

double accuracy_on(const Evaluation& test, const std::string& source) {
  for (const SourceAccuracy& one : test.sources) {
    if (one.source == source) return one.accuracy;
  }
  throw std::logic_error("no test samples of source " + source);
}

}  // namespace

ExtraColumns extra_columns(const Scenario& scenario) {
  ExtraColumns extra{.top5 = scenario.top5, .sources = {}};
  if (scenario.dataset.name == "cifar10+mnist") extra.sources = {"cifar10", "mnist"};
  return extra;
}

std::string metrics_header(const ExtraColumns& extra) {
  std::string header =
      "iteration,epoch,simulated_seconds,rounds,skipped,uplink_payload_bits,uplink_wire_bytes,"
      "downlink_wire_bytes,train_loss,train_accuracy,test_loss,test_accuracy";
  if (extra.top5) header += ",test_top5_accuracy";
  for (const std::string& source : extra.sources) header += ",test_accuracy_" + source;
  return header + "\n";
}

std::string to_csv(const MetricRow& row, const ExtraColumns& extra) {
  const Communication& sent = row.communication;
  std::string line =
      fmt::format("{},{},{},{},{},{},{},{},{},{},{},{}", row.iteration, row.epoch,
                  row.simulated.value, sent.rounds, sent.skipped, sent.uplink_payload.value,
                  sent.uplink_wire.value, sent.downlink_wire.value, row.train_loss,
                  row.train_accuracy, row.test.loss, row.test.accuracy);
  if (extra.top5) line += fmt::format(",{}", row.test.top5_accuracy.value());
  for (const std::string& source : extra.sources) {
    line += fmt::format(",{}", accuracy_on(row.test, source));
  }
  return line + "\n";
}

}  // namespace gradwire::experiment
