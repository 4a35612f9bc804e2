#pragma once

#include "sim/algorithms/asynchronous/client.hpp"

namespace gradwire::algorithms {

/// A client that fetches the model, makes local steps from there, and pushes what a worker of a
/// synchronous method would upload.
class WorkerClient final : public Client {
 public:
  /// steps_locally: even a single step is made locally, and not as a gradient.
  WorkerClient(Worker worker, bool steps_locally)
      : worker_(std::move(worker)), steps_locally_(steps_locally) {}

  void receive(const Model& fetched) override;
  Message push(const StepContext& context) override;
  Message compute(const ClientTurn& turn, StepSize size, MinibatchSource& minibatches,
                  const StepContext& context) override;
  [[nodiscard]] Bytes state_bytes() const override { return worker_.state_bytes(); }
  [[nodiscard]] std::unique_ptr<Client> clone() const override {
    return std::make_unique<WorkerClient>(*this);
  }
  void save(SavingArchive& archive) const override;
  void load(LoadingArchive& archive) override;

 private:
  Worker worker_;
  bool steps_locally_;
  Model fetched_;
};

}  // namespace gradwire::algorithms
