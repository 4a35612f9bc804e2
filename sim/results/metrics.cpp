#include "sim/results/metrics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace gradwire::results {
namespace {

double accuracy_on(const Evaluation& test, const std::string& source) {
  for (const SourceAccuracy& one : test.sources) {
    if (one.source == source) return one.accuracy;
  }
  throw std::logic_error("no test samples of source " + source);
}

std::string_view line_at(std::string_view text, std::size_t at) {
  return text.substr(at, text.substr(at).find('\n'));
}

std::vector<std::string_view> cells_of(std::string_view line) {
  std::vector<std::string_view> cells;
  for (std::size_t end = 0; end != std::string_view::npos;) {
    end = line.find(',');
    cells.push_back(line.substr(0, end));
    line.remove_prefix(std::min(line.size(), end == std::string_view::npos ? end : end + 1));
  }
  return cells;
}

/// The first `count` cells of a line, or all of a shorter one.
std::string_view first_cells(std::string_view line, std::size_t count) {
  std::size_t end = line.find(',');
  for (std::size_t i = 1; i < count && end != std::string_view::npos; ++i) {
    end = line.find(',', end + 1);
  }
  return line.substr(0, end);
}

}  // namespace

ExtraColumns extra_columns(const scenario::Scenario& scenario) {
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
  return header + ",uplink_seconds,downlink_seconds,compute_seconds\n";
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
  return line + fmt::format(",{},{},{}\n", row.busy.uplink.value, row.busy.downlink.value,
                            row.busy.compute.value);
}

std::optional<ColumnCut> cut_to_columns_of(std::string_view was, std::string_view now) {
  const std::vector<std::string_view> kept = cells_of(line_at(was, 0));
  const std::vector<std::string_view> all = cells_of(line_at(now, 0));
  if (kept.size() > all.size() || !std::equal(kept.begin(), kept.end(), all.begin())) return {};
  ColumnCut cut;
  cut.dropped.assign(all.begin() + static_cast<std::ptrdiff_t>(kept.size()), all.end());
  for (std::size_t at = 0; at < now.size();) {
    const std::string_view line = line_at(now, at);
    at += line.size() + 1;
    cut.text += first_cells(line, kept.size());
    cut.text += '\n';
  }
  return cut;
}

}  // namespace gradwire::results
