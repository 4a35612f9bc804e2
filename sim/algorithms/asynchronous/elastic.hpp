#pragma once

#include "sim/algorithms/asynchronous/client.hpp"

namespace gradwire::algorithms {

/// A client of EASGD or EAMSGD (Zhang, Choromanska, LeCun, arXiv 1412.6651, Algorithms 1 and 2):
/// every tau steps it fetches the centre c, pushes q = alpha (c - x), which the server subtracts
/// from the centre, and in its next step moves by q. With g at the model before that move:
///   EASGD    x <- x - eta g(x) + q
///   EAMSGD   v <- mu v - eta g(x + mu v);  x <- x + v + q
/// A lossy compressor acts on q, for both ends, so that x + c is kept.
class ElasticClient final : public Client {
 public:
  struct Config {
    float elasticity = 0;  ///< alpha
    float momentum = 0;    ///< mu
    float weight_decay = 0;
  };
  ElasticClient(const ClientSetup& setup, const Config& config)
      : config_(config), compressor_(setup.compressor), memory_(setup.memory) {}

  void receive(const Model& fetched) override;
  Message push(const StepContext& context) override;
  Message compute(const ClientTurn& turn, StepSize size, MinibatchSource& minibatches,
                  const StepContext& context) override;
  /// x, [d]; empty before the first fetch.
  [[nodiscard]] std::span<const float> own() const { return x_; }
  [[nodiscard]] Bytes state_bytes() const override;
  [[nodiscard]] std::unique_ptr<Client> clone() const override {
    return std::make_unique<ElasticClient>(*this);
  }
  void save(SavingArchive& archive) const override;
  void load(LoadingArchive& archive) override;

 private:
  /// One local step at x, or x + mu v.
  void step(float eta, MinibatchSource& minibatches);

  Config config_;
  Box<Compressor> compressor_;
  Box<Memory> memory_;
  Model centre_;  ///< the newest fetched
  Vector x_;      ///< [d]; empty: the next centre
  Vector v_;      ///< [d]; empty without momentum or before the first step
  Vector point_;  ///< memory of x + mu v
  Vector move_;   ///< q of the newest push, until x has moved by it; else empty
};

extern const AsynchronousKind easgd_kind;
extern const AsynchronousKind eamsgd_kind;

}  // namespace gradwire::algorithms
