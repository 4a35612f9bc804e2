#include "sim/network/simulation.hpp"

#include <fmt/format.h>
#include <malloc.h>
#include <simgrid/version.h>

#include <cmath>
#include <simgrid/kernel/resource/Action.hpp>
#include <simgrid/s4u.hpp>
#include <stdexcept>
#include <utility>

#include "sim/core/error.hpp"

namespace gradwire::network {
namespace {

namespace s4u = simgrid::s4u;
using simgrid::kernel::resource::Action;
using simgrid::kernel::resource::NetworkAction;

/// SimGrid passes a NetworkAction, which its installed headers only declare. Its single base class
/// is Action, whose header is installed. Simulation.CarriesWhatTheChannelsSent tests this.
const Action& as_action(const NetworkAction& action) {
  return reinterpret_cast<const Action&>(action);  // NOLINT(*-reinterpret-cast)
}

/// SimGrid's name of the model; calibrated is CM02 with another bandwidth factor.
const char* simgrid_model(NetworkModel model) {
  switch (model) {
    case NetworkModel::cm02:
    case NetworkModel::calibrated:
      return "CM02";
    case NetworkModel::lv08:
      return "LV08";
  }
  throw std::logic_error("no such network model");
}

std::vector<SimGridSetting> settings_of(NetworkModel model, const NetworkFactors& factors) {
  const auto text = [](double value) { return fmt::format("{}", value); };
  return {{"network/model", simgrid_model(model)},
          {"network/bandwidth-factor", text(*factors.bandwidth)},
          {"network/latency-factor", text(*factors.latency)},
          {"network/weight-S", text(*factors.weight_s)},
          {"network/TCP-gamma", text(*factors.tcp_gamma)},
          {"network/crosstraffic", *factors.crosstraffic ? "yes" : "no"}};
}

/// In KiB, as SimGrid expects. Pages that an actor never touches use address space only.
constexpr unsigned large_stack_kib = 16 << 10;
constexpr unsigned small_stack_kib = 64;
/// With more actors, the guard pages of the stacks exceed the number of memory mappings that Linux
/// allows per process.
constexpr std::size_t most_guarded_actors = 10'000;

/// Without guard pages SimGrid allocates zeroed stacks. malloc zeroes memory from its reserve by
/// writing to it, which would commit every page of every stack; hence no reserve.
void leave_out_guards() {
  s4u::Engine::set_config("contexts/guard-size:0");
  ::mallopt(M_TOP_PAD, 0);
}

std::unique_ptr<s4u::Engine> make_engine() {
  // SimGrid reads its settings from the command line it is given. Its log must not mix with the
  // results, and the sanitizers do not support its default actor stacks.
  static std::string arguments[] = {
    "gradwire",
    "--log=root.thresh:critical",
    "--log=xbt_cfg.thresh:critical",
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    "--cfg=contexts/factory:thread",
#endif
    "--cfg=contexts/stack-size:1024"
  };
  static char* argv[std::size(arguments) + 1] = {};
  for (std::size_t i = 0; i < std::size(arguments); ++i) argv[i] = arguments[i].data();
  int argc = static_cast<int>(std::size(arguments));
  return std::make_unique<s4u::Engine>(&argc, argv);
}

}  // namespace

std::string simgrid_version() {
  int major = 0, minor = 0, patch = 0;
  sg_version_get(&major, &minor, &patch);
  return fmt::format("{}.{}.{}", major, minor, patch);
}

Simulation::Simulation(const NetworkConfig& config, std::size_t actors)
    : factors_(resolved_factors(config)), settings_(settings_of(config.model, factors_)) {
  if (s4u::Engine::has_instance()) throw std::logic_error("one simulation a process");
  engine_ = make_engine();
  if (actors > most_guarded_actors) leave_out_guards();
  for (const SimGridSetting& setting : settings_) {
    // As text: SimGrid's typed setters crash if the type is not the one it stores.
    s4u::Engine::set_config(setting.key + ":" + setting.value);
  }
  s4u::Link::on_communication_state_change_cb([this](NetworkAction& action, Action::State) {
    const Action& flow = as_action(action);
    if (flow.get_state() == Action::State::FINISHED) {
      carried_bytes_ += std::llround(flow.get_cost());
    }
  });
  s4u::Host::on_state_change_cb([this](const s4u::Host& host) {
    if (!host.is_on()) failed_host_ = host.get_name();
    if (host.is_on()) start_waiting_actors(s4u::Host::by_name(host.get_name()));
  });
  s4u::Link::on_state_change_cb([this](const s4u::Link& link) {
    if (!link.is_on()) failed_link_ = link.get_name();
  });
}

Simulation::~Simulation() = default;

void Simulation::spawn(Host host, const std::string& name, std::function<void()> body, Stack stack,
                       AfterFailure after_failure) {
  const auto code = [this, name, body = std::move(body)] {
    try {
      body();
    } catch (const simgrid::ForcefulKillException&) {
      throw;
    } catch (...) {
      if (!failure_) {
        failure_ = std::current_exception();
        failed_actor_ = name;
      }
    }
    if (failure_ && failed_actor_ == name) s4u::Actor::kill_all();
  };
  const auto start = [=] {
    const auto actor = s4u::Actor::init(name, host);
    actor->set_stacksize(stack == Stack::small ? small_stack_kib : large_stack_kib);
    actor->start(code);
    // SimGrid records the code for the restart in this call, hence after start().
    if (after_failure == AfterFailure::begins_again) actor->set_auto_restart();
  };
  if (host->is_on()) return start();
  failed_host_ = host->get_name();
  to_start_.emplace(host, start);
}

void Simulation::start_waiting_actors(Host host) {
  const auto [first, end] = to_start_.equal_range(host);
  std::vector<std::function<void()>> starts;
  for (auto waiting = first; waiting != end; ++waiting) starts.push_back(waiting->second);
  to_start_.erase(first, end);
  for (const auto& start : starts) start();
}

void Simulation::run() {
  bool deadlocked = false;
  s4u::Engine::on_deadlock_cb([&deadlocked] { deadlocked = true; });
  engine_->run();
  try {
    if (failure_) std::rethrow_exception(failure_);
  } catch (const simgrid::NetworkFailureException&) {
    throw_network_failure();
  }
  if (deadlocked && !failed_host_.empty()) throw_network_failure();
  if (deadlocked) throw std::logic_error("deadlock: every actor waits for another");
}

void Simulation::throw_network_failure() const {
  if (!failed_host_.empty()) throw HostFailed(failed_host_);
  throw InputError("", fmt::format("link \"{}\" failed with a message on its way; only failures of "
                                   "hosts can be waited for",
                                   failed_link_));
}

void Simulation::keep_time_running(Host host) {
  // SimGrid reports a deadlock when nothing is in progress, even if profile events are to come.
  constexpr double long_enough = 1e8;  // seconds: three years
  s4u::Actor::create("calendar", host, [] {
    s4u::this_actor::sleep_for(long_enough);
  })->daemonize();
}

void Simulation::kill_others() { s4u::Actor::kill_all(); }

void Simulation::let_others_run() { s4u::this_actor::yield(); }

Seconds Simulation::now() { return {s4u::Engine::get_clock()}; }

bool is_on(Host host) { return host->is_on(); }

std::string name(Host host) { return host->get_name(); }

FlopsPerSecond speed(Host host) { return {host->get_speed()}; }

void compute(Flops work) { s4u::this_actor::execute(work.value); }

}  // namespace gradwire::network
