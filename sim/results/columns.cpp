#include "sim/results/columns.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "sim/algorithms/methods.hpp"

namespace gradwire::results {
namespace {

using Json = nlohmann::ordered_json;
using enum ColumnType;

bool always(const scenario::Scenario& /*scenario*/) { return true; }

bool evaluates_objective(const scenario::Scenario& scenario) {
  return extra_columns(scenario).objective;
}

constexpr const char* when_gossip = "`protocol.kind` is `gossip`";

bool is_gossip(const scenario::Scenario& scenario) {
  return scenario.protocol.kind == protocols::ProtocolKind::gossip;
}

constexpr const char* when_asynchronous = "`protocol.kind` is `asynchronous`";

bool is_asynchronous(const scenario::Scenario& scenario) {
  return scenario.protocol.kind == protocols::ProtocolKind::asynchronous;
}

bool classifies_by_gossip(const scenario::Scenario& scenario) {
  return is_gossip(scenario) && extra_columns(scenario).accuracy;
}

/// A column of what nodes with models of their own have.
MetricColumn of_nodes(Column about, std::optional<double> (*value)(const NodesEvaluation&),
                      bool (*applies)(const scenario::Scenario&) = is_gossip) {
  return {std::move(about),
          [value](const MetricRow& r) -> std::optional<Cell> {
            const auto found = r.test.nodes ? value(*r.test.nodes) : std::nullopt;
            if (!found) return std::nullopt;
            return *found;
          },
          applies};
}

constexpr const char* when_objective =
    "`model.name` is `linear`; or the model is computed by kernels and `batch_size` is `all` or "
    "`baseline.metric` is `objective`";

std::optional<Cell> accuracy_on(const std::string& source, const MetricRow& row) {
  for (const SourceAccuracy& one : row.test.sources) {
    if (one.source == source) return one.accuracy;
  }
  return std::nullopt;
}

MetricColumn accuracy_column(const std::string& source) {
  return {
      .about = {.name = "test_accuracy_" + source,
                .type = number,
                .unit = "fraction",
                .meaning = "on the test samples of " + source,
                .when = "`dataset.name` is `cifar10+mnist`"},
      .value = [source](const MetricRow& row) { return accuracy_on(source, row); },
      .applies =
          [source](const scenario::Scenario& scenario) {
            const ExtraColumns extra = extra_columns(scenario);
            return std::ranges::find(extra.sources, source) != extra.sources.end();
          },
  };
}

using Row = const MetricRow&;

std::vector<MetricColumn> make_metric_columns() {
  return {
      {{"iteration", whole, "", "t, from 1"}, [](Row r) { return r.iteration; }, always},
      {{"epoch", number, "epochs", "passes over the training set so far"},
       [](Row r) { return r.epoch; },
       always},
      {{"simulated_seconds", number, "seconds", "simulated date at which the server has the model"},
       [](Row r) { return r.simulated.value; },
       always},
      {{"rounds", whole, "uploads", "uploads so far, of all workers"},
       [](Row r) { return r.communication.rounds; },
       always},
      {{"skipped", whole, "uploads", "uploads so far that a worker left out"},
       [](Row r) { return r.communication.skipped; },
       always},
      {{"uplink_payload_bits", whole, "bits",
        "what the method's own paper counts, so far: of dense and sparse uploads 32 per value, "
        "positions free"},
       [](Row r) { return r.communication.uplink_payload.value; },
       always},
      {{"uplink_wire_bytes", whole, "bytes",
        "what crossed the network to the server so far, headers and skip flags included; in "
        "all_reduce all that workers sent each other"},
       [](Row r) { return r.communication.uplink_wire.value; },
       always},
      {{"downlink_wire_bytes", whole, "bytes",
        "what crossed the network to the workers so far, headers included"},
       [](Row r) { return r.communication.downlink_wire.value; },
       always},
      {{"train_loss", number, "nats",
        "mean over the minibatches of the current epoch so far; empty if there are none, since no "
        "worker took part"},
       [](Row r) { return r.train_loss; },
       always,
       true},
      {{"train_accuracy", number, "fraction",
        "mean over the minibatches of the current epoch so far; empty if outputs are no classes"},
       [](Row r) { return r.train_accuracy; },
       always,
       true},
      {{"test_loss", number, "nats", "mean over the test set"},
       [](Row r) { return r.test.loss; },
       always},
      {{"test_accuracy", number, "fraction", "on the test set; empty if outputs are no classes"},
       [](Row r) { return r.test.accuracy; },
       always,
       true},
      {{"test_top5_accuracy", number, "fraction",
        "on the test set: the label is among the five most likely", "`top5` is `true`"},
       [](Row r) { return r.test.top5_accuracy; },
       [](const scenario::Scenario& scenario) { return extra_columns(scenario).top5; }},
      accuracy_column("cifar10"),
      accuracy_column("mnist"),
      {{"uplink_seconds", number, "seconds",
        "simulated time so far in which at least one upload was in transfer; in all_reduce in "
        "which "
        "a worker took part in a collective"},
       [](Row r) { return r.busy.uplink.value; },
       always},
      {{"downlink_seconds", number, "seconds",
        "simulated time so far in which at least one model was in transfer"},
       [](Row r) { return r.busy.downlink.value; },
       always},
      {{"compute_seconds", number, "seconds",
        "simulated time so far in which at least one worker computed"},
       [](Row r) { return r.busy.compute.value; },
       always},
      {{"recent_train_loss", number, "nats",
        "mean over the minibatches since the row before; empty if there are none"},
       [](Row r) { return r.recent_train_loss; },
       always,
       true},
      {{"objective", number, "",
        "F over all training data, regularisers included, in double precision", when_objective},
       [](Row r) -> std::optional<Cell> {
         if (!r.test.objective) return std::nullopt;
         return r.test.objective->value;
       },
       evaluates_objective},
      {{"gradient_squared_norm", number, "", "squared norm of F's gradient, as exactly",
        when_objective},
       [](Row r) -> std::optional<Cell> {
         if (!r.test.objective) return std::nullopt;
         return r.test.objective->gradient_squared_norm;
       },
       evaluates_objective},
      {{"samples", whole, "samples",
        "samples of the minibatches so far, of all workers; `epoch` counts iterations",
        "the send rule is `censored`, whose minibatches grow"},
       [](Row r) { return r.samples; },
       [](const scenario::Scenario& scenario) {
         return algorithms::has_own_batch_sizes(scenario.algorithm);
       }},
      {{"message_payload_bits", whole, "bits",
        "uplink_payload_bits with a message to several neighbours counted once", when_gossip},
       [](Row r) -> std::optional<Cell> {
         if (!r.test.nodes) return std::nullopt;
         return r.communication.message_payload.value;
       },
       is_gossip},
      of_nodes(
          {"node_test_accuracy", number, "fraction",
           "mean over nodes of their own models' accuracy on the test set; test_accuracy is "
           "the mean model's",
           when_gossip},
          [](const NodesEvaluation& nodes) { return nodes.mean_accuracy; }, classifies_by_gossip),
      of_nodes(
          {"worst_test_accuracy", number, "fraction", "the smallest of these", when_gossip},
          [](const NodesEvaluation& nodes) { return nodes.worst_accuracy; }, classifies_by_gossip),
      of_nodes(
          {"consensus_distance", number, "",
           "square root of the mean over nodes of the squared distance to the mean model",
           when_gossip},
          [](const NodesEvaluation& nodes) { return std::optional(nodes.consensus_distance); }),
      of_nodes(
          {"nonzero_share", number, "fraction", "of the entries of all nodes' models", when_gossip},
          [](const NodesEvaluation& nodes) { return std::optional(nodes.nonzero_share); }),
      {{"mean_staleness", number, "versions",
        "mean over the pushes since the row before: versions that the server made between a "
        "client's fetch and its push; with several server_shards over the slices of the pushes, "
        "each counted at its shard; empty without a push",
        when_asynchronous},
       [](Row r) -> std::optional<Cell> {
         if (r.staleness.pushes == 0) return std::nullopt;
         return static_cast<double>(r.staleness.sum) / static_cast<double>(r.staleness.pushes);
       },
       is_asynchronous,
       true},
      {{"max_staleness", whole, "versions", "the largest of these; empty without a push",
        when_asynchronous},
       [](Row r) -> std::optional<Cell> {
         if (r.staleness.pushes == 0) return std::nullopt;
         return r.staleness.largest;
       },
       is_asynchronous,
       true},
  };
}

const MetricColumn& metric(std::string_view name) {
  const auto& all = metric_columns();
  const auto found =
      std::ranges::find(all, name, [](const MetricColumn& c) { return c.about.name; });
  if (found == all.end()) throw std::logic_error("no column " + std::string(name));
  return *found;
}

Json json_of(const Cell& cell) {
  return std::visit([](auto value) { return Json(value); }, cell);
}

/// The column of an evaluation in "final" or "baseline": the same as in metrics.csv.
SummaryColumn evaluated(const char* object, std::optional<MetricRow> Summary::*row,
                        const char* name) {
  const MetricColumn& column = metric(name);
  Column about = column.about;
  about.name = fmt::format("{}.{}", object, name);
  return {.about = std::move(about),
          .value = [&column, row](const Summary& s) -> std::optional<Json> {
            const auto cell = s.*row ? column.value(*(s.*row)) : std::nullopt;
            if (!cell && s.*row && column.may_be_empty) return Json();
            if (!cell) return std::nullopt;
            return json_of(*cell);
          }};
}

using Value = std::function<std::optional<Json>(const Summary&)>;

/// A total with the name, unit and meaning of a column of metrics.csv.
SummaryColumn total(const char* name, Value value) {
  return {.about = metric(name).about, .value = std::move(value)};
}

template <class Part, class Member>
Value if_set(std::optional<Part> Summary::*part, Member member) {
  return [=](const Summary& s) -> std::optional<Json> {
    if (!(s.*part)) return std::nullopt;
    return Json(member(*(s.*part)));
  };
}

using S = const Summary&;

std::vector<SummaryColumn> totals() {
  return {
      {{"status", text, "",
        "`finished`; `baseline`: ended at the baseline; `diverged`; `partial`: measured, and ended "
        "early"},
       [](S s) { return std::string(name_of(s.status, run_status_choices)); }},
      {{"iterations", whole, "iterations", "number of iterations"},
       [](S s) { return s.iterations; }},
      total("rounds", [](S s) { return s.communication.rounds; }),
      total("skipped", [](S s) { return s.communication.skipped; }),
      total("uplink_payload_bits", [](S s) { return s.communication.uplink_payload.value; }),
      total("uplink_wire_bytes", [](S s) { return s.communication.uplink_wire.value; }),
      total("downlink_wire_bytes", [](S s) { return s.communication.downlink_wire.value; }),
      total("simulated_seconds", [](S s) { return s.simulated.value; }),
      total("uplink_seconds", [](S s) { return s.busy.uplink.value; }),
      total("downlink_seconds", [](S s) { return s.busy.downlink.value; }),
      total("compute_seconds", [](S s) { return s.busy.compute.value; }),
      {{"auxiliary_compute_seconds", number, "seconds",
        "part of compute_seconds: gradients that only the send rule needs"},
       [](S s) { return s.busy.auxiliary_compute.value; }},
      {{"server_seconds", number, "seconds",
        "simulated time in which the server handled uploads; in all_reduce in which a worker "
        "handled those of all"},
       [](S s) { return s.busy.server.value; }},
      {{"server_state_bytes", whole, "bytes",
        "contributions that the server keeps between iterations"},
       [](S s) { return s.server_state.value; }},
      {{"worker_state_bytes", whole, "bytes",
        "error memories and remembered models of all workers, as if no copy were shared"},
       [](S s) { return s.worker_state.value; }},
      {{"parameters", whole, "", "d, size of the model"}, [](S s) { return s.parameters; }},
      {{"reduction", text, "", "`sum`, `mean` or `weighted_mean` of the workers' contributions"},
       [](S s) { return std::string(name_of(s.reduction, algorithms::reduction_choices)); }},
  };
}

std::vector<SummaryColumn> evaluations() {
  std::vector<SummaryColumn> columns;
  for (const char* name :
       {"iteration", "epoch", "train_loss", "train_accuracy", "test_loss", "test_accuracy",
        "test_top5_accuracy", "test_accuracy_cifar10", "test_accuracy_mnist"}) {
    columns.push_back(evaluated("final", &Summary::final, name));
  }
  for (const char* name :
       {"recent_train_loss", "objective", "gradient_squared_norm", "message_payload_bits",
        "node_test_accuracy", "worst_test_accuracy", "consensus_distance", "nonzero_share"}) {
    columns.push_back(evaluated("final", &Summary::final, name));
    columns.back().later = true;
  }
  for (const char* name :
       {"iteration", "rounds", "uplink_payload_bits", "uplink_wire_bytes", "simulated_seconds",
        "test_accuracy", "test_top5_accuracy", "test_accuracy_cifar10", "test_accuracy_mnist"}) {
    columns.push_back(evaluated("baseline", &Summary::baseline, name));
  }
  for (const char* name : {"objective", "message_payload_bits"}) {
    columns.push_back(evaluated("baseline", &Summary::baseline, name));
    columns.back().later = true;
  }
  return columns;
}

/// A version of a library; null where it took no part.
SummaryColumn version_column(const char* name, const char* meaning, std::string Summary::*version) {
  return {.about = {name, text, "", meaning},
          .value = [version](S s) { return (s.*version).empty() ? Json() : Json(s.*version); },
          .later = true};
}

std::vector<SummaryColumn> host_columns() {
  return {
      {{"environment.blas", text, "", "BLAS and its kernels; other kernels give other bits"},
       [](S s) { return s.blas; }},
      {{"environment.threads", whole, "", "threads that computed gradients"},
       [](S s) { return s.threads; }},
      version_column("environment.simgrid", "version of SimGrid; null if times were measured",
                     &Summary::simgrid),
      version_column("environment.libtorch", "version of LibTorch; null in a replay",
                     &Summary::libtorch),
      version_column("environment.onednn", "version of LibTorch's oneDNN; null in a replay",
                     &Summary::onednn),
      {{"wall.total", number, "seconds", "the host's time"}, [](S s) { return s.wall.total; }},
      {{"wall.gradient", number, "seconds", "in gradients, summed over threads"},
       [](S s) { return s.wall.gradient; }},
      {{"wall.rule", number, "seconds",
        "in selection, send rules and the server's step, summed over threads"},
       [](S s) { return s.wall.rule; }},
      {{"wall.evaluate", number, "seconds", "in evaluations"}, [](S s) { return s.wall.evaluate; }},
      {{"wall.simulate", number, "seconds", "the rest: SimGrid, actors, records"},
       [](S s) { return s.wall.simulate; }},
  };
}

SummaryColumn graph_column(const char* name, ColumnType type, const char* meaning,
                           Json (*value)(const scenario::GraphProperties&)) {
  return {.about = {name, type, "", meaning, when_gossip},
          .value = if_set(&Summary::graph, value),
          .later = true};
}

std::vector<SummaryColumn> conditional_columns() {
  const char* const measures_energy = "`energy` is set";
  const char* const measured = "measured over TCP";
  const auto data = &Summary::data;
  const char* const knows_data = "the data are known";
  return {
      {{"host_energy_joules", number, "joules", "taken by the hosts", measures_energy},
       if_set(&Summary::energy, [](const network::Energy& e) { return e.hosts.value; })},
      {{"link_energy_joules", number, "joules", "taken by the links", measures_energy},
       if_set(&Summary::energy, [](const network::Energy& e) { return e.links.value; })},
      {{"measured", text, "", "`tcp`", measured},
       if_set(&Summary::measured, [](const Measured&) { return "tcp"; })},
      {{"tcp.planned_iterations", whole, "iterations", "of the recorded run", measured},
       if_set(&Summary::measured, [](const Measured& m) { return m.planned_iterations; })},
      {{"tcp.compute", flag, "", "whether computation took time", measured},
       if_set(&Summary::measured, [](const Measured& m) { return m.computes; })},
      {{"tcp.round_trip_seconds", number, "seconds", "of a ping, median over the workers",
        measured},
       if_set(&Summary::measured, [](const Measured& m) { return m.round_trip.value; })},
      {{"restarts", whole, "", "workers that restarted an iteration after their host failed",
        "a worker did"},
       [](S s) -> std::optional<Json> {
         if (s.communication.restarts == 0) return std::nullopt;
         return s.communication.restarts;
       }},
      {{"missed", whole, "uploads", "uploads that the server went on without",
        "`protocol.on_failure` is `go_on`"},
       if_set(&Summary::dropped, [](std::int64_t dropped) { return dropped; })},
      {{"data.digest", text, "", "XXH3-128 of the samples and labels", knows_data},
       if_set(data, [](const learn::DataIdentity& d) { return d.digest; }),
       false},
      {{"data.train_samples", whole, "samples", "of the training set", knows_data},
       if_set(data, [](const learn::DataIdentity& d) { return d.train_samples; }),
       false},
      {{"data.test_samples", whole, "samples", "of the test set", knows_data},
       if_set(data, [](const learn::DataIdentity& d) { return d.test_samples; }),
       false},
      {{"notes", texts, "", "remarks that the numbers need", "there are any"},
       [](S s) -> std::optional<Json> {
         if (s.notes.empty()) return std::nullopt;
         return s.notes;
       },
       false},
      {.about =
           {"digest", text, "",
            "of the final model and of the totals: runs that agree in it agree; XXH3-128 of "
            "the text `MODEL SIMULATED_SECONDS UPLINK_WIRE_BYTES DOWNLINK_WIRE_BYTES ROUNDS "
            "UPLINK_PAYLOAD_BITS`, where MODEL is the XXH3-128 of the parameters' bytes, followed "
            "by batch norm's running statistics where there are any; null if the model is "
            "unknown"},
       .value =
           [](S s) {
             const auto digest = digest_of(s);
             return digest ? Json(*digest) : Json();
           },
       .later = true},
      graph_column("graph.smallest_degree", whole,
                   "messages that the node that sends fewest sends in an iteration: of those that "
                   "graph.csv lists",
                   [](const scenario::GraphProperties& g) { return Json(g.smallest_degree); }),
      graph_column("graph.largest_degree", whole, "the same of the node that sends most",
                   [](const scenario::GraphProperties& g) { return Json(g.largest_degree); }),
      graph_column("graph.spectral_gap", number,
                   "1 - the second largest magnitude of the mixing matrix's eigenvalues; of a "
                   "graph that is drawn anew for each iteration 1 - the square root of the second "
                   "largest eigenvalue of E[WᵀW], estimated by the mean over the first 10,000 "
                   "iterations or, of large graphs, over fewer; null if the matrix alternates, is "
                   "not symmetric "
                   "or is too large",
                   [](const scenario::GraphProperties& g) {
                     return g.spectral_gap ? Json(*g.spectral_gap) : Json();
                   }),
      graph_column("graph.draws", whole, "of a random graph, until one was connected",
                   [](const scenario::GraphProperties& g) { return Json(g.draws); }),
      {.about = {"smoothness", number, "",
                 "L of the objective, a bound of its second derivative's largest eigenvalue",
                 "`learning_rate.initial` is `1/L`, in runs that learned"},
       .value = if_set(&Summary::smoothness, [](double l) { return l; }),
       .later = true},
      {.about = {"uplink_bits_by_encoding", wholes, "bits",
                 "of all uploads, for each encoding that object `wire` offers: of their values, "
                 "positions or levels alone, whichever is selected; `entropy` is a lower bound, no "
                 "encoding",
                 "the uploads' sizes are known"},
       .value = [](S s) -> std::optional<Json> {
         if (s.encoded.empty()) return std::nullopt;
         Json object = Json::object();
         for (const EncodedTotal& one : s.encoded) object[one.encoding] = one.bits.value;
         return object;
       },
       .indexed = false,
       .later = true},
  };
}

std::vector<SummaryColumn> make_summary_columns() {
  std::vector<SummaryColumn> columns;
  for (auto part : {totals(), evaluations(), host_columns(), conditional_columns()}) {
    columns.insert(columns.end(), part.begin(), part.end());
  }
  return columns;
}

using W = const WorkerRow&;

std::vector<WorkerColumn> make_worker_columns() {
  return {
      {{"worker", whole, "", "m, from 0"}, [](W w) { return w.worker; }},
      {{"compute_seconds", number, "seconds",
        "simulated time in which it computed; in all_reduce the handling of uploads included"},
       [](W w) { return w.compute.value; }},
      {{"uplink_seconds", number, "seconds",
        "simulated time in which its uploads and skip flags were in transfer; 0 on the server's "
        "own host; in all_reduce from its first transfer in a collective to its last"},
       [](W w) { return w.uplink.value; }},
      {{"downlink_seconds", number, "seconds",
        "simulated time in which the model was in transfer to it; 0 on the server's own host"},
       [](W w) { return w.downlink.value; }},
      {{"waiting_seconds", number, "seconds",
        "the rest of simulated_seconds; also what it lost when its host failed"},
       [](W w) { return w.waiting.value; }},
      {{"uploads", whole, "uploads", "uploads that were received"}, [](W w) { return w.uploads; }},
      {{"skips", whole, "uploads", "uploads that it left out"}, [](W w) { return w.skips; }},
      {{"uplink_wire_bytes", whole, "bytes", "what crossed the network from it"},
       [](W w) { return w.uplink_wire.value; }},
      {{"downlink_wire_bytes", whole, "bytes", "what crossed the network to it"},
       [](W w) { return w.downlink_wire.value; }},
  };
}

}  // namespace

const std::vector<MetricColumn>& metric_columns() {
  static const std::vector<MetricColumn> columns = make_metric_columns();
  return columns;
}

const std::vector<SummaryColumn>& summary_columns() {
  static const std::vector<SummaryColumn> columns = make_summary_columns();
  return columns;
}

const std::vector<ShardColumn>& shard_columns() {
  using R = const ShardRow&;
  static const std::vector<ShardColumn> columns{
      {{"worker", whole, "", "m, from 0"}, [](R r) { return r.worker; }},
      {{"label", number, "", "as the data have it; empty if the loss takes labels as numbers"},
       [](R r) -> std::optional<Cell> {
         if (!r.label) return std::nullopt;
         return *r.label;
       }},
      {{"samples", whole, "samples", "training samples of that label at the worker"},
       [](R r) { return r.samples; }}};
  return columns;
}

const std::vector<StalenessColumn>& staleness_columns() {
  using R = const StalenessRow&;
  static const std::vector<StalenessColumn> columns{
      {{"worker", whole, "", "m, from 0"}, [](R r) { return r.worker; }},
      {{"staleness", whole, "versions",
        "versions that the server, or a shard of it, made between a fetch and the push that "
        "followed it"},
       [](R r) { return r.staleness; }},
      {{"pushes", whole, "pushes",
        "the worker's pushes of this staleness, with several server_shards their slices; above 0"},
       [](R r) { return r.pushes; }},
  };
  return columns;
}

const std::vector<GraphColumn>& graph_columns() {
  using R = const GraphRow&;
  static const std::vector<GraphColumn> columns{
      {{"iteration", whole, "",
        "t, from 1, in which the message is sent: of a graph that changes one period, or the first "
        "10 iterations if it is drawn anew for each; empty if it does not change"},
       [](R r) { return r.iteration ? text_of(*r.iteration) : std::string(); }},
      {{"from", whole, "", "the node that sends, from 0; a worker's number"},
       [](R r) { return text_of(std::int64_t{r.from}); }},
      {{"to", whole, "", "the node that receives"},
       [](R r) { return text_of(std::int64_t{r.to}); }},
      {{"weight", number, "",
        "of the message in the receiver's mix; what is missing to 1 (over directed edges: in the "
        "messages of a sender) is the weight of a node's own model"},
       [](R r) { return fmt::format("{}", r.weight); }},
      {{"from_host", text, "", "host of the node that sends"}, [](R r) { return r.sender.host; }},
      {{"to_host", text, "", "host of the node that receives"},
       [](R r) { return r.receiver.host; }},
      {{"from_zone", text, "", "zone of the platform in which that host lies"},
       [](R r) { return r.sender.zone; }},
      {{"to_zone", text, "", "the same of the node that receives"},
       [](R r) { return r.receiver.zone; }}};
  return columns;
}

const std::vector<WorkerColumn>& worker_columns() {
  static const std::vector<WorkerColumn> columns = make_worker_columns();
  return columns;
}

const std::vector<Column>& run_columns() {
  static const std::vector<Column> columns{
      {"id", text, "", "the run's folder under runs/: the method and a hash of the scenario"}};
  return columns;
}

bool is_null_if_empty(std::string_view object) { return object == "final" || object == "baseline"; }

std::string object_of(std::string_view name) {
  const std::size_t dot = name.find('.');
  return std::string(dot == std::string_view::npos ? std::string_view() : name.substr(0, dot));
}

std::string member_of(std::string_view name) {
  const std::size_t dot = name.find('.');
  return std::string(dot == std::string_view::npos ? name : name.substr(dot + 1));
}

std::string text_of(const Cell& cell) {
  return std::visit([](auto value) { return fmt::format("{}", value); }, cell);
}

std::string csv_cell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string csv_line(const std::vector<std::string>& cells) {
  return fmt::format("{}\n", fmt::join(cells, ","));
}

}  // namespace gradwire::results
