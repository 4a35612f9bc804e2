#include "sim/learn/mlp/shared_state.hpp"

#include <utility>

namespace gradwire::learn {

MlpSharedState::MlpSharedState(Dataset dataset, Shards shards, const ModelConfig& model,
                               BatchSize batch_size, const RandomSource& draws)
    : data(std::move(dataset)),
      net(data.train.dimension(),
          model.name == ModelKind::logistic ? std::vector<std::int64_t>{} : model.hidden,
          data.classes),
      partition(std::move(shards), batch_size, draws,
                static_cast<std::int64_t>(net.layout().size())) {}

}  // namespace gradwire::learn
