#include "sim/scenario/settings.hpp"

#include <fmt/format.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/algorithms/methods.hpp"

namespace gradwire::scenario {

namespace {

constexpr std::int64_t million = 1'000'000;
constexpr std::int64_t trillion = 1'000'000'000'000;

constexpr std::string_view objective[] = {"objective"};
constexpr Choice all_samples[] = {{"all", "the whole shard, in its own order"}};
constexpr Choice inverse_smoothness[] = {
    {"1/L",
     "factor / L; L: smoothness of the objective of a linear model, a bound of its second "
     "derivative's largest eigenvalue; the results have it as smoothness"}};
constexpr std::string_view parameter_server[] = {"parameter_server"};
constexpr std::string_view with_server[] = {"parameter_server", "asynchronous"};
constexpr std::string_view all_reduce[] = {"all_reduce"};
constexpr std::string_view gossip[] = {"gossip"};
constexpr std::string_view random_regular[] = {"random_regular"};
constexpr std::string_view erdos_renyi[] = {"erdos_renyi"};
constexpr std::string_view edge_list[] = {"file"};
constexpr std::string_view can_be_directed[] = {"ring", "exponential", "file"};
constexpr std::string_view star[] = {"star"};
constexpr std::string_view file_platform[] = {"file"};

/// Names of the rows that have this ingredient.
template <class Kind>
std::vector<std::string_view> methods_with(const Kind* algorithms::Method::*ingredient) {
  std::vector<std::string_view> found;
  for (const algorithms::Method& row : algorithms::methods()) {
    if (row.*ingredient != nullptr) found.emplace_back(row.name);
  }
  return found;
}

/// protocol.kind where it is left out.
std::span<const InferredValue> kinds_by_method() {
  static const auto decentralised = methods_with(&algorithms::Method::gossip);
  static const auto asynchronous = methods_with(&algorithms::Method::asynchronous);
  static const InferredValue kinds[] = {
      {.object = "algorithm", .key = "name", .of = decentralised, .value = "gossip"},
      {.object = "algorithm", .key = "name", .of = asynchronous, .value = "asynchronous"}};
  return kinds;
}

/// "; unset: as measured, 1e-09 for top_k, ...": the cost of each compressor of one kind of
/// message.
std::string measured(Seconds algorithms::CodingCost::*cost, bool dense) {
  std::string text = "; unset: as measured";
  for (const algorithms::CompressorKind* kind : algorithms::compressors()) {
    if (kind->is_identity != dense) continue;
    text += fmt::format(", {} for {}", (kind->cost.*cost).value, kind->name);
  }
  return text;
}

void describe_batch_size(SettingVisitor& in, learn::BatchSize& batch) {
  const Setting setting{
      .key = "batch_size",
      .help = "of a worker in an iteration",
      .type = {.kind = Kind::whole, .whole = {1, million, "samples"}, .choices = all_samples}};
  in.entry(setting,
           {[&batch] { return batch.is_whole_shard() ? Json("all") : Json(batch.samples); },
            [&batch](const Json& json) {
              batch = json.is_string() ? learn::BatchSize::whole_shard()
                                       : learn::BatchSize(json.get<int>());
            }});
}

void describe_initial_rate(SettingVisitor& in, LearningRateConfig& c) {
  const Setting setting{.key = "initial",
                        .help = "step size",
                        .type = {.kind = Kind::number,
                                 .range = {.above = 0, .up_to = 1e6},
                                 .choices = inverse_smoothness}};
  in.entry(setting, {[&c] { return c.inverse_smoothness ? Json("1/L") : Json(c.initial); },
                     [&c](const Json& json) {
                       c.inverse_smoothness = json.is_string();
                       if (!c.inverse_smoothness) c.initial = json.get<double>();
                     }});
}

void describe_server_host(SettingVisitor& in, std::string& server) {
  const Setting setting{.key = "server",
                        .help = "name of the server's host; only where there is a server",
                        .type = {.kind = Kind::text},
                        .only_for = file_platform};
  in.entry(setting, {[&server] { return server.empty() ? Json() : Json(server); },
                     [&server](const Json& json) { server = json.get<std::string>(); }});
}

void describe_collective(SettingVisitor& in, protocols::CollectiveConfig& c) {
  in.only_for(all_reduce, [&] {
    in.choice("collective", c.kind, protocols::collective_choices,
              "the algorithm by which all workers get the sum, or gather what cannot be summed on "
              "the way");
    in.whole("group_size", c.group_size, {1, million, "workers"},
             "collective two_level: of a group of consecutive workers; the last may be smaller");
  });
}

/// Help texts of the costs of coding.
struct CodingHelp {
  using Cost = algorithms::CodingCost;
  std::string per_entry =
      "of each entry of the model, at a worker for each upload that is not dense" +
      measured(&Cost::per_entry, false);
  std::string per_value = "the same of each value sent: writing it and its position down" +
                          measured(&Cost::per_value, false);
  std::string at_server =
      "of each value of such an upload at the server, once all have come: reading it and adding "
      "it" +
      measured(&Cost::at_server, false);
  std::string adding =
      "the same of each value of a dense upload" + measured(&Cost::at_server, true);
  std::string local_step = fmt::format(
      "of a worker's local step besides its gradient, per entry of the model; "
      "measured: {}",
      algorithms::local_step_seconds_per_entry.value);
};

}  // namespace

void describe(SettingVisitor& in, Scenario& c) {
  in.whole("workers", c.workers, {1, million}, "M, machines that compute gradients");
  in.whole("seed", c.seed, {}, "of every random draw: partition, batches, initial weights");
  in.choice("draws", c.draws, draws_choices, "which random numbers a seed stands for");
  in.object("dataset", c.dataset, "what is learned from");
  in.object("model", c.model, "what is learned");
  in.object("loss", c.loss, "what the workers minimise");
  describe_batch_size(in, c.batch_size);
  in.number("epochs", c.epochs, {.above = 0, .up_to = 1e6},
            "how often every worker sees its shard; may be a fraction");
  in.whole("max_iterations", c.max_iterations, {1, trillion, "iterations"},
           "end there, whatever epochs says");
  in.object("learning_rate", c.learning_rate, "gamma, the step size");
  in.whole("evaluate_every", c.evaluate_every, {1, trillion, "iterations"},
           "between evaluations; the end of an epoch is evaluated too, unless batch_size is all");
  in.flag("top5", c.top5, "measure the test set's top-5 accuracy as well");
  in.choice("device", c.device, learn::device_choices, "where gradients are computed");
  in.object("baseline", c.baseline, "the goal whose cost is reported");
  in.object("algorithm", c.algorithm, "who sends what, and when");
  in.object("platform", c.platform, "hosts and links");
  in.choice("network_model", c.network.model, network::network_model_choices,
            "how SimGrid shares links");
  in.object("network_factors", c.network.factors,
            "factors of the network model, in place of its defaults");
  in.object(
      "energy", c.energy,
      "measure what hosts and links take, in joules; {} does, with these watts for a star "
      "and a platform file's own properties (wattage_per_state, wattage_range); of the hosts of "
      "server and workers and the links between them; SimGrid counts a message's latency as "
      "time at full bandwidth");
  if (algorithms::is_decentralised(c.algorithm)) c.protocol.kind = protocols::ProtocolKind::gossip;
  if (algorithms::is_asynchronous(c.algorithm)) {
    c.protocol.kind = protocols::ProtocolKind::asynchronous;
  }
  in.object("protocol", c.protocol, "who talks to whom, in which order");
  in.object("wire", c.wire, "how messages are written down");
  in.object("compute", c.compute, "what a gradient costs in simulated time");
}

void describe(SettingVisitor& in, LearningRateConfig& c) {
  describe_initial_rate(in, c);
  in.number("factor", c.factor, {.above = 0, .up_to = 1e6}, "of \"1/L\"");
  in.choice("schedule", c.schedule, schedule_choices, "how it changes");
  in.number("warm_up_epochs", c.warm_up_epochs, {.at_least = 0, .up_to = 1e6},
            "in which it rises linearly: times (t + 1) / n in the n iterations t of them");
  in.objects("steps", c.steps, 1000, "when it changes, in ascending order of epoch");
  in.number("threshold_lag", c.threshold_lag, {.at_least = 0, .up_to = 1e6, .unit = "epochs"},
            "by which gamma in the lazy rule's threshold follows the step size");
}

void describe(SettingVisitor& in, LearningRateStep& c) {
  in.number("epoch", c.epoch, {.above = 0, .up_to = 1e6}, "epochs done when it changes",
            Presence::required);
  in.number("factor", c.factor, {.above = 0, .up_to = 1e6}, "by which it is multiplied");
}

void describe(SettingVisitor& in, BaselineConfig& c) {
  in.variant("metric", c.metric, baseline_metric_choices, "what is compared, at each evaluation");
  if (c.metric == BaselineMetric::objective) c.above.reset();
  if (c.metric != BaselineMetric::objective && !c.above) c.above = 0.98;
  in.number("above", c.above, {.at_least = 0, .below = 1},
            "accuracies: reached when strictly larger");
  in.only_for(objective, [&] {
    in.number("below", c.below, {.above = 0, .up_to = 1e300},
              "reached when the gap is strictly smaller");
    in.number("optimum", c.optimum, {.at_least = -1e300, .up_to = 1e300}, "F*; none: 0");
    in.choice("gap", c.gap, gap_choices, "which gap");
  });
  in.flag("stop", c.stop, "end the run there");
}

void describe(SettingVisitor& in, algorithms::WireConfig& c) {
  in.choice("index", c.index, algorithms::index_choices,
            "how the positions of sparse values are written");
  in.choice("levels", c.levels, algorithms::level_choices,
            "how the levels of quantised values are written");
  in.choice("values", c.values, algorithms::value_choices,
            "to what the values of dense and sparse uploads are rounded before they are sent; the "
            "model comes back as it is. Learning depends on it: a replay cannot change it");
  in.whole("header_bytes", c.header_bytes, {0, million, "bytes"},
           "added to every message, both ways");
}

void describe(SettingVisitor& in, network::PlatformConfig& c) {
  in.variant("kind", c.kind, network::platform_choices, "built here, or read from a file");
  in.only_for(star, [&] {
    in.bandwidth("uplink", c.uplink, "of each worker's link to the middle, where the server is");
    in.bandwidth("downlink", c.downlink, "of each worker's link from the middle");
    in.time("latency", c.latency, "of each link, one way");
    in.bandwidth("server_bandwidth", c.server_bandwidth,
                 "of the server's own links to and from the middle, or of each of its shards'; "
                 "unset: never the bottleneck");
    in.speed("speed", c.speed, "of each host");
    in.objects("overrides", c.overrides, million, "what is different about single workers");
  });
  in.only_for(file_platform, [&] {
    in.text("path", c.path, "the platform's XML, relative to the experiment file",
            Presence::required);
    describe_server_host(in, c.server);
    in.texts("servers", c.servers, protocols::most_server_shards,
             "in place of server: names of the hosts of its shards, in order, at least "
             "protocol.server_shards; ranges as in workers");
    in.texts(
        "workers", c.workers, million,
        "names of the workers' hosts, in order; node-[0-99] and node-[0-7,12] stand for ranges, "
        "and a host named several times has several workers",
        Presence::required);
    in.text(
        "digest", c.digest,
        "XXH3-128 of the file's bytes, and of its profiles', in hex; filled in when empty, checked "
        "when given");
  });
}

void describe(SettingVisitor& in, network::WorkerOverride& c) {
  in.whole("worker", c.worker, {0, million - 1}, "which worker, counted from 0",
           Presence::required);
  in.bandwidth("uplink", c.uplink, "of its link to the server");
  in.bandwidth("downlink", c.downlink, "of the server's link to it");
  in.time("latency", c.latency, "of its links, one way");
  in.speed("speed", c.speed, "of its host");
}

void describe(SettingVisitor& in, network::EnergyConfig& c) {
  const Range watts{.at_least = 0, .up_to = 1e9, .unit = "watts"};
  in.number("host_idle_watts", c.host_idle_watts, watts, "of each host of the star");
  in.number("host_busy_watts", c.host_busy_watts, watts, "the same while it computes");
  in.number("link_idle_watts", c.link_idle_watts, watts, "of each direction of each worker's link");
  in.number("link_busy_watts", c.link_busy_watts, watts, "the same at its full bandwidth");
}

void describe(SettingVisitor& in, network::NetworkFactors& c) {
  in.number("bandwidth", c.bandwidth, {.above = 0, .up_to = 1.5},
            "share of a link's bandwidth that payload gets; CM02 1, LV08 0.97");
  in.number("latency", c.latency, {.at_least = 0, .up_to = 1e6},
            "multiplies every latency; CM02 1, LV08 13.01");
  in.number("weight_s", c.weight_s, {.at_least = 0, .up_to = 1e12, .unit = "bytes"},
            "added to each flow's round-trip weight; CM02 0, LV08 20537");
  in.number("tcp_gamma", c.tcp_gamma, {.at_least = 0, .up_to = 1e15, .unit = "bytes"},
            "TCP's largest window, 4194304 in both models; 0 switches the bound off");
  in.flag("crosstraffic", c.crosstraffic,
          "acknowledgements load the other direction by 5 %; off here, on in SimGrid by default");
}

void describe(SettingVisitor& in, protocols::ProtocolConfig& c) {
  in.variant("kind", c.kind, protocols::protocol_choices,
             "the pattern of exchanges; default: gossip with a decentralised method, asynchronous "
             "with an asynchronous one",
             kinds_by_method());
  in.only_for(parameter_server, [&] {
    in.choice("uplink", c.uplink, protocols::reception_choices, "how the server receives");
  });
  in.only_for(with_server, [&] {
    in.choice("server", c.server, protocols::server_place_choices, "where the server runs");
    in.whole("server_shards", c.server_shards, {1, protocols::most_server_shards, "shards"},
             "S: hosts among which the server's model is divided, in stretches of equal length; "
             "every message becomes S, one to or from each. Of worker0: on the hosts of workers 0 "
             "to S - 1");
  });
  in.whole("skip_flag_bytes", c.skip_flag_bytes, {0, million, "bytes"},
           "what a lazy worker sends in place of an upload");
  in.only_for(parameter_server, [&] {
    in.choice("broadcast", c.broadcast, protocols::broadcast_choices,
              "how the model comes to the workers");
    in.choice("on_failure", c.on_failure, protocols::on_failure_choices,
              "when a worker's host fails, as profiles of a platform file may say");
    in.time("timeout", c.timeout,
            "on_failure go_on: how long the server waits for an upload: from the iteration's "
            "begin, or where uplink is sequential from the end of the one before");
  });
  describe_collective(in, c.collective);
  in.only_for(all_reduce, [&] {
    in.whole(
        "chunk_bytes", c.chunk_bytes, {0, trillion, "bytes"},
        "messages are sent in pieces of at most so many bytes, without header: the next piece "
        "moves while a worker adds one, or in a tree passes it on; 0: whole, else at least 64 and "
        "at most 10,000 pieces of a message");
    in.whole("buckets", c.buckets, {1, million},
             "equal parts of the gradient that become ready one after the other during the "
             "backward pass, the last two thirds of a gradient's time; each is summed while later "
             "ones are computed");
  });
  in.only_for(gossip, [&] {
    in.object(
        "topology", c.topology,
        "who exchanges messages with whom. Learning depends on it: a replay cannot change it");
    in.choice("mixing", c.mixing, algorithms::mixing_choices,
              "the weights of neighbours' models; over directed edges all weights of a sender are "
              "equal. Learning depends on it");
  });
}

void describe(SettingVisitor& in, algorithms::TopologyConfig& c) {
  in.variant("kind", c.kind, algorithms::topology_choices, "which graph");
  in.only_for(random_regular, [&] {
    in.whole("degree", c.degree, {1, million, "nodes"}, "of each node");
  });
  in.only_for(erdos_renyi, [&] {
    in.number("probability", c.probability, {.above = 0, .up_to = 1}, "of each edge");
  });
  in.only_for(edge_list, [&] {
    in.text("path", c.path,
            "a text with an edge per line, \"0 1\", relative to the experiment file; nodes count "
            "from 0, and what follows # is a remark");
    in.wholes("edges", c.edges, {0, million - 1, "nodes"}, 4 * million,
              "the same in place of a file: 0, 1, 1, 2, ...; filled in from it");
  });
  in.choice("schedule", c.schedule, algorithms::topology_schedules,
            "along which edges messages go in an iteration");
  in.only_for(can_be_directed, [&] {
    in.flag(
        "directed", c.is_directed,
        "messages go one way along each edge, from the first node to the second; push_sum only");
  });
}

void describe(SettingVisitor& in, cost::ComputeConfig& c) {
  in.number("seconds_per_gradient", c.seconds_per_gradient,
            {.at_least = 0, .up_to = 1e9, .unit = "seconds"},
            "of one minibatch, on a host of reference_speed");
  in.speed("reference_speed", c.reference_speed, "the host that these seconds are of");
  in.number("server_seconds_per_iteration", c.server_seconds_per_iteration,
            {.at_least = 0, .up_to = 1e9, .unit = "seconds"},
            "of the server's work on an iteration's uploads, once all have come");
  in.number("server_seconds_per_upload", c.server_seconds_per_upload,
            {.at_least = 0, .up_to = 1e9, .unit = "seconds"}, "the same for each upload");
  constexpr Range per_value{.at_least = 0, .up_to = 1, .unit = "seconds"};
  static const CodingHelp help;
  in.number("selection_seconds_per_entry", c.selection_seconds_per_entry, per_value,
            help.per_entry);
  in.number("encoding_seconds_per_value", c.encoding_seconds_per_value, per_value, help.per_value);
  in.number("decoding_seconds_per_value", c.decoding_seconds_per_value, per_value, help.at_server);
  in.number("adding_seconds_per_value", c.adding_seconds_per_value, per_value, help.adding);
  in.number("local_step_seconds_per_entry", c.local_step_seconds_per_entry, per_value,
            help.local_step);
  in.number("spread", c.spread, {.at_least = 0, .up_to = 10},
            "sigma of a log-normal factor of mean 1 on each worker's computation, drawn once");
  in.number("jitter", c.jitter, {.at_least = 0, .up_to = 10},
            "the same, drawn anew for each worker in each iteration");
  in.object("stragglers", c.stragglers, "now and then a worker is slow");
}

void describe(SettingVisitor& in, cost::StragglerConfig& c) {
  in.number("probability", c.probability, {.at_least = 0, .up_to = 1},
            "of a worker in an iteration");
  in.number("slowdown", c.slowdown, {.at_least = 1, .up_to = 1e6},
            "its computation takes so many times as long");
}

}  // namespace gradwire::scenario
