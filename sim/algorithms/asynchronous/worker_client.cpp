#include "sim/algorithms/asynchronous/worker_client.hpp"

#include <stdexcept>
#include <utility>

#include "sim/core/archive.hpp"

namespace gradwire::algorithms {

/// The last push has been applied: it went before the request for this model.
void WorkerClient::receive(const Model& fetched) {
  if (fetched_) worker_.delivered();
  fetched_ = fetched;
}

Message WorkerClient::push(const StepContext& /*context*/) {
  throw std::logic_error("a client that pushes after computing only");
}

Message WorkerClient::compute(const ClientTurn& turn, StepSize size, MinibatchSource& minibatches,
                              const StepContext& context) {
  if (turn.steps == 1 && !steps_locally_) {
    return worker_.step(fetched_, size, minibatches.next(fetched_), context);
  }
  return worker_.step_locally(fetched_, size, {minibatches, static_cast<int>(turn.steps)}, context);
}

void WorkerClient::save(SavingArchive& archive) const {
  worker_.save(archive);
  archive(fetched_);
}

void WorkerClient::load(LoadingArchive& archive) {
  worker_.load(archive);
  archive(fetched_);
}

}  // namespace gradwire::algorithms
