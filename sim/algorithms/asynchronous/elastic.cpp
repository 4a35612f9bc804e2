#include "sim/algorithms/asynchronous/elastic.hpp"

#include <algorithm>
#include <utility>

#include "sim/algorithms/momentum/momentum.hpp"
#include "sim/core/archive.hpp"
#include "sim/core/update.hpp"
#include "sim/kernels/arithmetic.hpp"

namespace gradwire::algorithms {
namespace {

constexpr WholeParameter exchange_period{
    .key = "exchange_period",
    .help = "tau: a client's steps between two exchanges with the centre",
    .range = {1, 1'000'000, "steps"},
    .default_value = 10};
constexpr NumberParameter elasticity{
    .key = "elasticity",
    .help =
        "alpha: the share of the distance to the centre by which a client moves; 0.9 / workers "
        "in the paper, whose beta is alpha times the number of workers; here 0 stands for that",
    .range = {.at_least = 0, .up_to = 2},
    .default_value = 0};

enum class Centre { asynchronous, synchronous };
constexpr Choice centres[] = {
    {"asynchronous", "moves with each push, when that arrives"},
    {"synchronous",
     "moves once all clients have pushed, by the sum; they wait for that with their next fetch"}};
static_assert(has_row_for_each(centres, Centre::synchronous));
constexpr ChoiceParameter centre_parameter{.key = "centre",
                                           .help = "when the server's model moves",
                                           .choices = centres,
                                           .default_value = "asynchronous"};
constexpr Parameter of_easgd[] = {&exchange_period, &elasticity, &centre_parameter,
                                  &weight_decay_parameter};
constexpr Parameter of_eamsgd[] = {&exchange_period, &elasticity, &centre_parameter,
                                   &momentum_parameter, &weight_decay_parameter};

constexpr double default_beta = 0.9;

// One pass each, which the compiler turns into vector instructions; every operation rounds by
// itself.

/// point <- x + mu v.
void look_ahead(float mu, std::span<const float> x, std::span<const float> v,
                std::span<float> point) {
  for (std::size_t i = 0; i < x.size(); ++i) point[i] = x[i] + mu * v[i];
}

/// v <- mu v - eta (g + decay point);  x <- x + v.
void move(float mu, float eta, float decay, std::span<const float> g, std::span<const float> point,
          std::span<float> v, std::span<float> x) {
  for (std::size_t i = 0; i < x.size(); ++i) {
    const float direction = g[i] + decay * point[i];
    v[i] = mu * v[i] - eta * direction;
    x[i] += v[i];
  }
}

}  // namespace

void ElasticClient::receive(const Model& fetched) {
  centre_ = fetched;
  if (!x_.empty()) return;
  const auto c = fetched->parameters();
  x_.assign(c.begin(), c.end());
}

Message ElasticClient::push(const StepContext& context) {
  const auto c = centre_->parameters();
  move_.resize(x_.size());
  for (std::size_t i = 0; i < x_.size(); ++i) move_[i] = config_.elasticity * (c[i] - x_[i]);
  VectorUpdate update(move_);
  Message message = memory_->send(update, *compressor_, context);
  centre_.reset();
  if (std::holds_alternative<Dense>(message) &&
      std::get<Dense>(message).format == ValueFormat::float32) {
    return message;  // its values are those of move_
  }
  std::ranges::fill(move_, 0.0F);
  add_to(message, move_);
  return message;
}

Message ElasticClient::compute(const ClientTurn& turn, StepSize size, MinibatchSource& minibatches,
                               const StepContext& /*context*/) {
  for (std::int64_t i = 0; i < turn.steps; ++i) {
    step(static_cast<float>(size.gamma), minibatches);
    if (move_.empty()) continue;
    add_scaled(1.0F, move_, x_);
    move_.clear();
  }
  return Skip{};
}

void ElasticClient::step(float eta, MinibatchSource& minibatches) {
  const float mu = config_.momentum, decay = config_.weight_decay;
  if (mu == 0 && decay == 0) {
    const auto g = gradient_at(x_, minibatches);
    return add_scaled(-eta, g, x_);
  }
  if (v_.empty()) v_ = Vector(x_.size(), 0.0F);
  point_.resize(x_.size());
  look_ahead(mu, x_, v_, point_);
  const auto g = gradient_at(point_, minibatches);
  move(mu, eta, decay, g, point_, v_, x_);
}

Bytes ElasticClient::state_bytes() const {
  return memory_->state_bytes() + compressor_->state_bytes() +
         Bytes{static_cast<std::int64_t>((x_.size() + v_.size()) * sizeof(float))};
}

void ElasticClient::save(SavingArchive& archive) const {
  memory_->save(archive);
  compressor_->save(archive);
  archive(centre_, x_, v_, move_);
}

void ElasticClient::load(LoadingArchive& archive) {
  memory_->load(archive);
  compressor_->load(archive);
  archive(centre_, x_, v_, move_);
}

namespace {

ClientTurn turn_of_elastic(const AlgorithmConfig& config, std::int64_t /*steps*/) {
  return {
      .fetches = true, .push = PushTime::before_computing, .steps = config.get(exchange_period)};
}

std::unique_ptr<Client> make_elastic(const ClientSetup& setup) {
  const double given = setup.config.get(elasticity);
  return std::make_unique<ElasticClient>(
      setup, ElasticClient::Config{
                 .elasticity = static_cast<float>(given > 0 ? given : default_beta / setup.clients),
                 .momentum = static_cast<float>(setup.config.get(momentum_parameter)),
                 .weight_decay = static_cast<float>(setup.config.get(weight_decay_parameter))});
}

ServerPolicy policy_of_elastic(const AlgorithmConfig& config, int clients) {
  const bool waits = config.choice<Centre>(centre_parameter) == Centre::synchronous;
  return {.buffer_size = waits ? clients : 1, .waits_for_all = waits};
}

std::int64_t steps_of_elastic(const AlgorithmConfig& config) { return config.get(exchange_period); }

/// Momentum and weight decay are the client's own.
void adapt_elastic(AlgorithmConfig& worker) {
  worker.set(momentum_parameter, 0.0).set(weight_decay_parameter, 0.0);
}

constexpr AsynchronousKind elastic_kind(std::string_view name,
                                        std::span<const Parameter> parameters) {
  return {.name = name,
          .parameters = parameters,
          .turn = turn_of_elastic,
          .make = make_elastic,
          .policy = policy_of_elastic,
          .steps_per_push = steps_of_elastic,
          .adapt = adapt_elastic};
}

}  // namespace

constinit const AsynchronousKind easgd_kind = elastic_kind("easgd", of_easgd);
constinit const AsynchronousKind eamsgd_kind = elastic_kind("eamsgd", of_eamsgd);

}  // namespace gradwire::algorithms
