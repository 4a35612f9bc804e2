#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "sim/algorithms/asynchronous/elastic.hpp"
#include "sim/algorithms/methods.hpp"
#include "sim/core/problem.hpp"
#include "sim/core/random.hpp"

namespace gradwire::algorithms::asynchronous_test {

/// A gradient as a function of the model.
using Field = std::function<Vector(std::span<const float> theta)>;

inline Vector zero_gradient(std::span<const float> theta) { return Vector(theta.size(), 0.0F); }
/// Of ||theta||^2 / 2.
inline Vector bowl(std::span<const float> theta) { return {theta.begin(), theta.end()}; }

/// Minibatches whose gradients are those of a field.
class FieldMinibatches final : public MinibatchSource {
 public:
  explicit FieldMinibatches(Field field) : oracle_(std::move(field)) {}
  GradientOracle& next(const Model& /*own*/) override {
    ++oracle_.drawn;
    return oracle_;
  }
  [[nodiscard]] int drawn() const { return oracle_.drawn; }

 private:
  class Oracle final : public GradientOracle {
   public:
    explicit Oracle(Field field) : field_(std::move(field)) {}
    std::span<const float> at(const Model& theta) override {
      return gradient_ = field_(theta->parameters());
    }
    double squared_distance(const Model& /*a*/, const Model& /*b*/) override { return 0.0; }
    int drawn = 0;

   private:
    Field field_;
    Vector gradient_;
  };
  Oracle oracle_;
};

inline AlgorithmConfig named(std::string name,
                             std::map<std::string, ParameterValue, std::less<>> values = {}) {
  AlgorithmConfig config;
  config.name = std::move(name);
  config.values = std::move(values);
  return config;
}

inline Layout one_tensor(std::size_t d) {
  Layout layout;
  layout.add("theta", {static_cast<std::int64_t>(d)});
  return layout;
}

/// Clients of a method and their server, without a network: a test says who does what when.
class Clients {
 public:
  Clients(const AlgorithmConfig& config, const Vector& initial, int clients)
      : config_(with_defaults(config)),
        turn_of_(ingredients_of(config).asynchronous->turn),
        server_(make_asynchronous_server(config, one_tensor(initial.size()), initial, clients)) {
    for (int m = 0; m < clients; ++m) {
      clients_.push_back(make_client(config, one_tensor(initial.size()), clients));
    }
    versions_.resize(clients_.size());
    steps_.resize(clients_.size());
  }

  [[nodiscard]] ClientTurn turn(int m) const { return turn_of_(config_, steps_[index(m)]); }
  /// The model is on its way for no time.
  void fetch(int m) {
    const Model fetched = server_.fetch(m);
    versions_[index(m)] = fetched->iteration;
    clients_[index(m)]->receive(fetched);
  }
  Message push(int m) { return clients_[index(m)]->push(context(m)); }
  Message compute(int m, double gamma, const Field& field) {
    FieldMinibatches minibatches(field);
    const ClientTurn now = turn(m);
    Message message =
        clients_[index(m)]->compute(now, StepSize::same(gamma), minibatches, context(m));
    steps_[index(m)] += now.steps;
    return message;
  }
  /// The push was made from the newest model that the client received. Returns its staleness.
  std::int64_t apply(int m, Message push, double gamma) {
    const double factor = server_factor(worker_method_of(config_), StepSize::same(gamma), 1);
    return server_.apply(m, std::move(push), versions_[index(m)], factor);
  }
  /// A turn that nobody interrupts.
  void take_turn(int m, double gamma, const Field& field) {
    const ClientTurn now = turn(m);
    if (now.fetches) fetch(m);
    if (now.push == PushTime::before_computing) apply(m, push(m), gamma);
    Message message = compute(m, gamma, field);
    if (now.push == PushTime::after_computing) apply(m, std::move(message), gamma);
  }

  [[nodiscard]] AsynchronousServer& server() { return server_; }
  [[nodiscard]] Client& client(int m) { return *clients_[index(m)]; }
  [[nodiscard]] std::span<const float> theta() const { return server_.model()->parameters(); }
  /// An elastic client's model.
  [[nodiscard]] std::span<const float> own(int m) const {
    return dynamic_cast<const ElasticClient&>(*clients_[index(m)]).own();
  }

 private:
  static std::size_t index(int m) { return static_cast<std::size_t>(m); }
  [[nodiscard]] StepContext context(int m) const {
    const auto turn = static_cast<std::uint64_t>(steps_[index(m)]);
    return {.iteration = steps_[index(m)],
            .worker = m,
            .random = random_key(1000 * turn + static_cast<std::uint64_t>(m)),
            .shared = random_key(turn)};
  }

  AlgorithmConfig config_;
  ClientTurn (*turn_of_)(const AlgorithmConfig& config, std::int64_t steps);
  std::vector<std::unique_ptr<Client>> clients_;
  AsynchronousServer server_;
  std::vector<std::int64_t> versions_;  ///< of the newest models that clients received
  std::vector<std::int64_t> steps_;
};

}  // namespace gradwire::algorithms::asynchronous_test
