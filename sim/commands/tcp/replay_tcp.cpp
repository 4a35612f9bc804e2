#include "sim/commands/tcp/replay_tcp.hpp"

#include <fmt/format.h>

#include <charconv>
#include <string_view>

#include "sim/commands/command_line.hpp"
#include "sim/commands/tcp/tcp_options.hpp"
#include "sim/core/error.hpp"
#include "sim/results/results_folder.hpp"
#include "sim/sweep/tcp_replay.hpp"
#include "sim/tcp/transport/address.hpp"
#include "sim/tcp/worker.hpp"

namespace gradwire::commands {
namespace {

/// The I of "worker=I". Throws InputError for any other text.
std::int64_t worker_of(std::string_view role) {
  constexpr std::string_view prefix = "worker=";
  std::int64_t worker = -1;
  if (role.starts_with(prefix)) {
    role.remove_prefix(prefix.size());
    const auto [end, error] = std::from_chars(role.data(), role.data() + role.size(), worker);
    if (error != std::errc() || end != role.data() + role.size()) worker = -1;
  }
  if (worker < 0) {
    throw InputError("--tcp", fmt::format("must be server, or worker=0, worker=1, ...; got {}",
                                          role.empty() ? "nothing" : std::string(role)));
  }
  return worker;
}

void refuse(bool given, const char* option, const char* side) {
  if (given) throw InputError(option, fmt::format("belongs to the {} of --tcp", side));
}

int serve(const ReplayTcp& options, const std::vector<std::filesystem::path>& results,
          const sweep::Overrides& selection, SweepCommand sweep) {
  refuse(!options.connect.empty(), "--connect", "workers");
  require_results(results);
  const sweep::TcpOptions what{.iterations = options.iterations, .computes = !options.no_compute};
  sweep::Plan plan = sweep::plan_replay(results, selection);
  sweep::require_none_refused(plan);
  sweep::require_replayable(plan);
  sweep::require_playable(plan.runs, what);
  if (sweep.output.empty()) {
    sweep.output = (std::filesystem::path("results") / (plan.name + "-tcp")).string();
  }
  if (!sweep.fresh) sweep::require_same_kind(plan.runs, sweep.output, what);
  const tcp::Address address = address_to_listen_at(options.listen);
  tcp::Listener listener(address);
  const auto say = stderr_logger(sweep.quiet);
  say(
      fmt::format("listening on {}; workers are started by gradwire replay --tcp worker=I "
                  "--connect HOST:{}",
                  to_string(address), address.port));
  plan.document["gradwire"]["tcp"] = true;
  return run_plan(
      plan, selection, sweep,
      [&] {
        return sweep::plan_replay(results, {selection.set, {}});
      },
      [&](const sweep::Plan& planned, const results::ResultsFolder& folder,
          const sweep::SweepOptions& how) {
        return sweep::replay_over_tcp(planned.runs, folder, how, what, listener,
                                      {.idle_timeout = {options.timeout}}, say);
      });
}

void require_no_server_options(const ReplayTcp& options, const sweep::Overrides& selection,
                               const SweepCommand& sweep) {
  refuse(!options.listen.empty(), "--listen", "server");
  refuse(options.iterations.has_value(), "--iterations", "server");
  refuse(options.no_compute, "--no-compute", "server");
  refuse(!selection.set.empty(), "--set", "server");
  refuse(!sweep.output.empty(), "--output", "server");
  refuse(sweep.timeline, "--timeline", "server");
  refuse(sweep.fresh, "--fresh", "server");
}

int work(const ReplayTcp& options, const std::vector<std::filesystem::path>& results,
         const sweep::Overrides& selection, const SweepCommand& sweep) {
  const std::int64_t worker = worker_of(options.role);
  require_no_server_options(options, selection, sweep);
  if (options.connect.empty()) {
    throw InputError("--connect", "is missing: HOST:PORT of the server");
  }
  const auto address = address_to_connect_to(options.connect);
  tcp::Hello hello{.worker = worker, .digest = {}};
  if (!results.empty()) {
    hello.digest = sweep::digest_of_traces(sweep::plan_replay(results, selection).runs);
  }
  const tcp::WorkerReport report = tcp::run_worker(
      address, hello, {.idle_timeout = {options.timeout}}, stderr_logger(sweep.quiet));
  fmt::print("worker {}: {} iterations, {} bytes came, {} bytes sent\n", worker, report.rounds,
             report.received.value, report.sent.value);
  return 0;
}

}  // namespace

void add_tcp_options(Command& command, ReplayTcp& tcp) {
  constexpr const char* group = "Between real hosts";
  command
      .add_option("--tcp", tcp.role,
                  "Send the same messages over TCP between real hosts and measure instead of "
                  "simulating. The server has RESULTS and writes; a worker needs nothing (RESULTS "
                  "there must be the same)")
      ->type_name("server|worker=I")
      ->group(group);
  command
      .add_option("--listen", tcp.listen,
                  fmt::format("The server's own address; default: all of its host, port {}",
                              tcp::default_port))
      ->type_name("HOST:PORT")
      ->group(group);
  command.add_option("--connect", tcp.connect, "A worker's way to the server")
      ->type_name("HOST:PORT")
      ->group(group);
  command.add_option("--iterations", tcp.iterations, "Play the first N of each run; default: all")
      ->type_name("N")
      ->between(std::int64_t{1}, std::int64_t{1'000'000'000'000})
      ->group(group);
  command
      .add_flag("--no-compute", tcp.no_compute,
                "Nobody takes time to compute (else all sleep for the scenario's seconds)")
      ->group(group);
  command
      .add_option("--timeout", tcp.timeout,
                  "Give up when nobody comes, or nothing moves, for so long; default: 120")
      ->type_name("SECONDS")
      ->between(0.1, 1e6)
      ->group(group);
}

void require_no_tcp_options(const ReplayTcp& tcp) {
  const bool any = !tcp.listen.empty() || !tcp.connect.empty() || tcp.iterations || tcp.no_compute;
  if (any) {
    throw InputError("replay", "--listen, --connect, --iterations and --no-compute expect --tcp");
  }
}

void require_results(const std::vector<std::filesystem::path>& results) {
  if (results.empty()) throw InputError("gradwire", "RESULTS is required (see gradwire --help)");
}

int replay_over_tcp(const ReplayTcp& tcp, const std::vector<std::filesystem::path>& results,
                    const sweep::Overrides& selection, const SweepCommand& sweep) {
  return tcp.role == "server" ? serve(tcp, results, selection, sweep)
                              : work(tcp, results, selection, sweep);
}

}  // namespace gradwire::commands
