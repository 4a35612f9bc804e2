#include "sim/algorithms/asynchronous/federated.hpp"

#include "sim/algorithms/asynchronous/worker_client.hpp"
#include "sim/algorithms/local_steps/update_kind.hpp"

namespace gradwire::algorithms {
namespace {

constexpr WholeParameter buffer_size{
    .key = "buffer_size",
    .help = "K: the server makes a step when so many pushes have come",
    .range = {1, 1'000'000, "pushes"},
    .default_value = 10};

constexpr Parameter of_fed_async[] = {&local_steps_parameter,    &proximal_parameter,
                                      &local_momentum_parameter, &local_nesterov_parameter,
                                      &global_rate_parameter,    &staleness_exponent_parameter};
constexpr Parameter of_fed_buff[] = {&local_steps_parameter,       &proximal_parameter,
                                     &local_momentum_parameter,    &local_nesterov_parameter,
                                     &global_rate_parameter,       &buffer_size,
                                     &staleness_exponent_parameter};

ClientTurn turn_of_local_steps(const AlgorithmConfig& config, std::int64_t /*steps*/) {
  return {.fetches = true,
          .push = PushTime::after_computing,
          .steps = config.get(local_steps_parameter)};
}

/// Even a single step is one of a model of its own, so that momentum and rate act alike.
std::unique_ptr<Client> make_local_client(const ClientSetup& setup) {
  return std::make_unique<WorkerClient>(setup.worker, true);
}

std::int64_t steps_of_local_client(const AlgorithmConfig& config) {
  return config.get(local_steps_parameter);
}

}  // namespace

constinit const AsynchronousKind fed_async_kind{.name = "fed_async",
                                                .parameters = of_fed_async,
                                                .turn = turn_of_local_steps,
                                                .make = make_local_client,
                                                .policy =
                                                    [](const AlgorithmConfig& config, int) {
                                                      ServerPolicy policy =
                                                          policy_of_staleness(config);
                                                      policy.mixes_models = true;
                                                      return policy;
                                                    },
                                                .steps_per_push = steps_of_local_client};

constinit const AsynchronousKind fed_buff_kind{
    .name = "fed_buff",
    .parameters = of_fed_buff,
    .turn = turn_of_local_steps,
    .make = make_local_client,
    .policy =
        [](const AlgorithmConfig& config, int) {
          ServerPolicy policy = policy_of_staleness(config);
          policy.buffer_size = static_cast<int>(config.get(buffer_size));
          return policy;
        },
    .steps_per_push = steps_of_local_client,
    .has_server_step = true};

}  // namespace gradwire::algorithms
