#include "sim/experiment/metrics.hpp"

#include <fmt/format.h>

namespace gradwire::experiment {

std::string metrics_header() {
  return "iteration,epoch,simulated_seconds,rounds,skipped,uplink_payload_bits,uplink_wire_bytes,"
         "downlink_wire_bytes,train_loss,train_accuracy,test_loss,test_accuracy\n";
}

std::string to_csv(const MetricRow& row) {
  const Communication& sent = row.communication;
  return fmt::format("{},{},{},{},{},{},{},{},{},{},{},{}\n", row.iteration, row.epoch,
                     row.simulated.value, sent.rounds, sent.skipped, sent.uplink_payload.value,
                     sent.uplink_wire.value, sent.downlink_wire.value, row.train_loss,
                     row.train_accuracy, row.test.loss, row.test.accuracy);
}

}  // namespace gradwire::experiment
