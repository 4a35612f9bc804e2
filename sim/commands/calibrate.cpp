#include "sim/commands/calibrate.hpp"

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>

#include "sim/commands/between_hosts.hpp"
#include "sim/commands/calibration_text.hpp"
#include "sim/core/error.hpp"
#include "sim/experiment/child_process.hpp"
#include "sim/experiment/json_file.hpp"
#include "sim/experiment/quantity.hpp"
#include "sim/experiment/results_folder.hpp"
#include "sim/tcp/worker.hpp"

namespace gradwire::commands {
namespace {

struct Options {
  std::optional<std::string> listen;
  std::string connect;
  std::string nominal;
  std::string output;
  double largest_megabytes = 64;
  double timeout = 120;  ///< seconds
  bool quiet = false;
};

std::optional<BytesPerSecond> nominal_rate(const std::string& text) {
  if (text.empty()) return std::nullopt;
  const auto parsed = experiment::parse_quantity(experiment::Kind::bandwidth, text);
  if (!parsed.problem.empty()) throw InputError("--nominal", parsed.problem);
  if (parsed.value <= 0) throw InputError("--nominal", "must be above 0, got " + text);
  return BytesPerSecond{parsed.value};
}

/// Tables to people, the block to where programs read.
void publish(const std::string& text, const std::string& block, const Options& options) {
  teller(options.quiet)("\n" + text);
  if (options.output.empty()) {
    fmt::print("{}", block);
  } else {
    experiment::write_atomically(options.output, block);
  }
}

/// What the other host sends goes into experiments.
void require_block(const std::string& text) {
  try {
    const experiment::Json block = experiment::parse_json(text, "the other side's platform block");
    if (block.is_object() && block.contains("platform")) return;
  } catch (const InputError& error) {
    throw SystemError(error.what());
  }
  throw SystemError("the other side's platform block has no platform");
}

void measure(const Options& options) {
  const auto nominal = nominal_rate(options.nominal);
  const tcp::Address address = address_to_listen_at(*options.listen);
  tcp::Listener listener(address);
  const auto say = teller(options.quiet);
  say(
      fmt::format("listening on {}; the other side is started by gradwire calibrate --connect "
                  "HOST:{}",
                  to_string(address), address.port));
  tcp::Party party(listener, {.purpose = tcp::Purpose::calibrate, .wanted = {1}, .digest = {}},
                   {.silence = {options.timeout}}, say);
  listener.close();
  try {
    const tcp::CalibrationPlan plan{
        .largest = {static_cast<std::int64_t>(options.largest_megabytes * 1e6)}};
    const tcp::Calibration calibration = tcp::calibrate(
        party, plan, [&](Bytes size) { say(fmt::format("{} bytes ...", size.value)); });
    const FittedLines lines = fit(calibration);
    const std::string text = calibration_text(calibration, lines);
    const std::string block = platform_block(calibration, lines, nominal);
    party.finish(text, block);
    publish(text, block, options);
  } catch (const std::exception& error) {
    party.give_up(error.what());
    throw;
  }
}

void serve_measurements(const Options& options) {
  if (!options.nominal.empty()) throw InputError("--nominal", "belongs to the side that listens");
  const auto address = address_to_connect_to(options.connect);
  const tcp::WorkerReport report =
      tcp::run_worker(address, {.purpose = tcp::Purpose::calibrate, .digest = {}},
                      {.silence = {options.timeout}}, teller(options.quiet));
  require_block(report.last_words.for_files);
  publish(report.last_words.for_people, report.last_words.for_files, options);
}

void calibrate(const Options& options) {
  if (options.listen.has_value() == !options.connect.empty()) {
    throw InputError("gradwire calibrate", "expects --listen on one host, --connect on the other");
  }
  options.listen ? measure(options) : serve_measurements(options);
}

}  // namespace

void add_calibrate(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "calibrate",
      "Measure latency, bandwidth and a message's cost between two hosts over TCP, and print the "
      "platform block that makes the simulation take those times");
  command
      ->add_option_function<std::string>(
          "--listen", [options](const std::string& text) { options->listen = text; },
          fmt::format("This host is the server's; default: all its addresses, port {}",
                      tcp::default_port))
      ->type_name("[HOST:PORT]")
      ->expected(0, 1);
  command->add_option("--connect", options->connect, "This host is a worker's; where the other is")
      ->type_name("HOST:PORT");
  command
      ->add_option("--nominal", options->nominal,
                   "What the line is called: the bandwidth factor is relative to it; default: the "
                   "measured rate of payload, factor 1")
      ->type_name("RATE");
  command
      ->add_option("--largest", options->largest_megabytes,
                   "The longest message; default: 64, or what takes 10 s")
      ->type_name("MB")
      ->check(CLI::Range(0.001, 10'000.0));
  command
      ->add_option("--timeout", options->timeout,
                   "Give up when nobody comes, or nothing moves, for so long; default: 120")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.1, 1e6));
  command->add_option("-o,--output", options->output, "Write the block there; default: to stdout")
      ->type_name("FILE");
  command->add_flag("--quiet", options->quiet, "Nothing but the block");
  command->footer(
      "Example:\n  gradwire calibrate --listen --nominal 1Gbps      on the server's host\n"
      "  gradwire calibrate --connect SERVER              on a worker's");
  command->callback([options] { calibrate(*options); });
}

}  // namespace gradwire::commands
