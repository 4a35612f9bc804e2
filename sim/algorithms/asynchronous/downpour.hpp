#pragma once

#include "sim/algorithms/asynchronous/client.hpp"

namespace gradwire::algorithms {

/// A Downpour client whose periods of fetching and pushing differ, or which does both at once: it
/// steps x <- x - gamma g(x) on a model of its own, adds gamma g (or g, if the server applies
/// gamma) to what it has not pushed, and overwrites x by each model that it fetches (Dean et al.,
/// NIPS 2012, appendix).
class DownpourClient final : public Client {
 public:
  explicit DownpourClient(const ClientSetup& setup)
      : compressor_(setup.compressor),
        memory_(setup.memory),
        applies_gamma_(setup.clients_apply_gamma) {}

  void receive(const Model& fetched) override;
  Message push(const StepContext& context) override;
  Message compute(const ClientTurn& turn, StepSize size, MinibatchSource& minibatches,
                  const StepContext& context) override;
  [[nodiscard]] Bytes state_bytes() const override;
  [[nodiscard]] std::unique_ptr<Client> clone() const override {
    return std::make_unique<DownpourClient>(*this);
  }
  void save(SavingArchive& archive) const override;
  void load(LoadingArchive& archive) override;

 private:
  Box<Compressor> compressor_;
  Box<Memory> memory_;
  bool applies_gamma_;
  Vector x_;    ///< [d]
  Vector sum_;  ///< not pushed yet, [d]
};

extern const AsynchronousKind downpour_kind;

}  // namespace gradwire::algorithms
