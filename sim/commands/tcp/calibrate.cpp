#include "sim/commands/tcp/calibrate.hpp"

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>

#include "sim/commands/command_line.hpp"
#include "sim/commands/tcp/calibration_text.hpp"
#include "sim/commands/tcp/tcp_options.hpp"
#include "sim/core/error.hpp"
#include "sim/results/results_folder.hpp"
#include "sim/scenario/json/json_file.hpp"
#include "sim/scenario/settings/quantity.hpp"
#include "sim/sweep/child_process.hpp"
#include "sim/tcp/worker.hpp"

namespace gradwire::commands {
namespace {

struct CalibrateOptions {
  std::optional<std::string> listen;
  std::string connect;
  std::string nominal;
  std::string output;
  double largest_megabytes = 64;
  double timeout = 120;  ///< seconds without a connection or progress before giving up
  bool quiet = false;
};

std::optional<BytesPerSecond> nominal_rate(const std::string& text) {
  if (text.empty()) return std::nullopt;
  const auto parsed = scenario::parse_quantity(scenario::Kind::bandwidth, text);
  if (!parsed.problem.empty()) throw InputError("--nominal", parsed.problem);
  if (parsed.value <= 0) throw InputError("--nominal", "must be above 0, got " + text);
  return BytesPerSecond{parsed.value};
}

/// Prints the tables to standard error and the platform block to the output file, by default
/// standard output.
void publish(const std::string& text, const std::string& block, const CalibrateOptions& options) {
  stderr_logger(options.quiet)("\n" + text);
  if (options.output.empty()) {
    fmt::print("{}", block);
  } else {
    results::write_atomically(options.output, block);
  }
}

/// Checks the block received from the other host before it is written for use in experiments.
/// Throws SystemError if it is no object with a platform.
void require_block(const std::string& text) {
  try {
    const scenario::Json block = scenario::parse_json(text, "the other side's platform block");
    if (block.is_object() && block.contains("platform")) return;
  } catch (const InputError& error) {
    throw SystemError(error.what());
  }
  throw SystemError("the other side's platform block has no platform");
}

void measure(const CalibrateOptions& options) {
  const auto nominal = nominal_rate(options.nominal);
  const tcp::Address address = address_to_listen_at(*options.listen);
  tcp::Listener listener(address);
  const auto say = stderr_logger(options.quiet);
  say(
      fmt::format("listening on {}; the other side is started by gradwire calibrate --connect "
                  "HOST:{}",
                  to_string(address), address.port));
  tcp::WorkerPool party(listener, {.purpose = tcp::Purpose::calibrate, .wanted = {1}, .digest = {}},
                        {.idle_timeout = {options.timeout}}, say);
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

void serve_measurements(const CalibrateOptions& options) {
  if (!options.nominal.empty()) throw InputError("--nominal", "belongs to the side that listens");
  const auto address = address_to_connect_to(options.connect);
  const tcp::WorkerReport report =
      tcp::run_worker(address, {.purpose = tcp::Purpose::calibrate, .digest = {}},
                      {.idle_timeout = {options.timeout}}, stderr_logger(options.quiet));
  require_block(report.final_message.file_text);
  publish(report.final_message.user_text, report.final_message.file_text, options);
}

void calibrate(const CalibrateOptions& options) {
  if (options.listen.has_value() == !options.connect.empty()) {
    throw InputError("gradwire calibrate", "expects --listen on one host, --connect on the other");
  }
  options.listen ? measure(options) : serve_measurements(options);
}

}  // namespace

void add_calibrate(Command& app) {
  auto options = std::make_shared<CalibrateOptions>();
  Command* command = app.add_subcommand(
      "calibrate",
      "Measure latency, bandwidth and a message's cost between two hosts over TCP, and print the "
      "platform block that makes the simulation take those times");
  command
      ->add_option_function(
          "--listen", [options](const std::string& text) { options->listen = text; },
          fmt::format("This host is the server's; default: all its addresses, port {}",
                      tcp::default_port))
      ->type_name("[HOST:PORT]")
      ->optional_value();
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
      ->between(0.001, 10'000.0);
  command
      ->add_option("--timeout", options->timeout,
                   "Give up when nobody comes, or nothing moves, for so long; default: 120")
      ->type_name("SECONDS")
      ->between(0.1, 1e6);
  command->add_option("-o,--output", options->output, "Write the block there; default: to stdout")
      ->type_name("FILE");
  command->add_flag("--quiet", options->quiet, "Nothing but the block");
  command->footer(
      "Example:\n  gradwire calibrate --listen --nominal 1Gbps      on the server's host\n"
      "  gradwire calibrate --connect SERVER              on a worker's");
  command->callback([options] { calibrate(*options); });
}

}  // namespace gradwire::commands
