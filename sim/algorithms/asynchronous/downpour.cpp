#include "sim/algorithms/asynchronous/downpour.hpp"

#include <algorithm>
#include <utility>

#include "sim/algorithms/asynchronous/worker_client.hpp"
#include "sim/algorithms/local_steps/update_kind.hpp"
#include "sim/algorithms/methods.hpp"
#include "sim/core/archive.hpp"
#include "sim/core/update.hpp"
#include "sim/kernels/arithmetic.hpp"

namespace gradwire::algorithms {

constinit const NumberParameter staleness_exponent_parameter{
    .key = "staleness_exponent",
    .help =
        "a: a push counts with the factor (1 + s)^-a, where s is its staleness: the versions that "
        "the server made since the client fetched; 0: all pushes count alike",
    .range = {.at_least = 0, .up_to = 100},
    .default_value = 0};

namespace {

constexpr WholeParameter fetch_period{
    .key = "fetch_period",
    .help = "n_fetch: a client's steps between two fetches of the model",
    .range = {1, 1'000'000, "steps"},
    .default_value = 1};
constexpr WholeParameter push_period{.key = "push_period",
                                     .help = "n_push: a client's steps between two pushes",
                                     .range = {1, 1'000'000, "steps"},
                                     .default_value = 1};

enum class FetchTime { after_push, beside_push };
constexpr Choice fetch_times[] = {
    {"after_push", "the request follows the push: the model contains it (DistBelief)"},
    {"beside_push",
     "both leave at once, after the first step and then every push_period steps: the model need "
     "not contain the push (mpiT)"}};
static_assert(has_row_for_each(fetch_times, FetchTime::beside_push));
constexpr ChoiceParameter fetch_time{.key = "fetch",
                                     .help = "when a client asks for the model",
                                     .choices = fetch_times,
                                     .default_value = "after_push"};
constexpr Parameter of_downpour[] = {&fetch_period, &push_period, &fetch_time,
                                     &staleness_exponent_parameter};

bool is_beside(const AlgorithmConfig& config) {
  return config.choice<FetchTime>(fetch_time) == FetchTime::beside_push;
}

ClientTurn turn_of_downpour(const AlgorithmConfig& config, std::int64_t steps) {
  const std::int64_t push = config.get(push_period);
  if (is_beside(config)) {
    const bool is_first = steps == 0;
    return {.fetches = true,
            .push = is_first ? PushTime::none : PushTime::beside_fetch,
            .steps = is_first ? 1 : push};
  }
  const std::int64_t fetch = config.get(fetch_period);
  const std::int64_t to_fetch = fetch - steps % fetch;
  const std::int64_t to_push = push - steps % push;
  return {.fetches = steps % fetch == 0,
          .push = to_push <= to_fetch ? PushTime::after_computing : PushTime::none,
          .steps = std::min(to_fetch, to_push)};
}

}  // namespace

void DownpourClient::receive(const Model& fetched) {
  const auto theta = fetched->parameters();
  x_.assign(theta.begin(), theta.end());
}

Message DownpourClient::push(const StepContext& context) {
  VectorUpdate update(sum_);
  Message message = memory_->send(update, *compressor_, context);
  std::ranges::fill(sum_, 0.0F);
  return message;
}

Message DownpourClient::compute(const ClientTurn& turn, StepSize size, MinibatchSource& minibatches,
                                const StepContext& context) {
  if (sum_.empty()) sum_ = Vector(x_.size(), 0.0F);
  const auto gamma = static_cast<float>(size.gamma);
  for (std::int64_t step = 0; step < turn.steps; ++step) {
    const auto g = gradient_at(x_, minibatches);
    add_scaled(applies_gamma_ ? gamma : 1.0F, g, sum_);
    add_scaled(-gamma, g, x_);
  }
  return turn.push == PushTime::after_computing ? push(context) : Skip{};
}

Bytes DownpourClient::state_bytes() const {
  return memory_->state_bytes() + compressor_->state_bytes() +
         Bytes{static_cast<std::int64_t>((x_.size() + sum_.size()) * sizeof(float))};
}

void DownpourClient::save(SavingArchive& archive) const {
  memory_->save(archive);
  compressor_->save(archive);
  archive(x_, sum_);
}

void DownpourClient::load(LoadingArchive& archive) {
  memory_->load(archive);
  compressor_->load(archive);
  archive(x_, sum_);
}

constinit const AsynchronousKind downpour_kind{
    .name = "downpour",
    .parameters = of_downpour,
    .turn = turn_of_downpour,
    .make = [](const ClientSetup& setup) -> std::unique_ptr<Client> {
      const bool is_one_period = setup.config.get(fetch_period) == setup.config.get(push_period);
      if (!is_beside(setup.config) && is_one_period) {
        return std::make_unique<WorkerClient>(setup.worker, false);
      }
      return std::make_unique<DownpourClient>(setup);
    },
    .policy = [](const AlgorithmConfig& config, int) { return policy_of_staleness(config); },
    .steps_per_push = [](const AlgorithmConfig& config) { return config.get(push_period); },
    .adapt =
        [](AlgorithmConfig& worker) {
          const std::int64_t steps = worker.get(push_period);
          worker.set(local_steps_parameter, steps);
          const bool at_server = ingredients_of(worker).server_step->applies_gamma(worker);
          if (steps == 1 || !at_server) return;
          worker.set(offer_parameter, "gradients").set(global_rate_parameter, 0.0);
        },
    .has_server_step = true,
    .refuses = [](const AlgorithmConfig& config) -> std::string {
      const bool differ = config.get(fetch_period) != config.get(push_period);
      if (is_beside(config) && differ) {
        return "fetch beside_push happens with each push: expected fetch_period = push_period";
      }
      return "";
    }};

}  // namespace gradwire::algorithms
