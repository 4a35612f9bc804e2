#include "sim/training/synthetic_asynchronous_source.hpp"

namespace gradwire::training {

SyntheticAsynchronousSource::SyntheticAsynchronousSource(
    const algorithms::AlgorithmConfig& algorithm, int server_shards, IterationSource& iterations)
    : iterations_(iterations), work_(&iterations.next()) {
  for (const Part& part : work_->exchanges.front().parts) sizes_.push_back(part.upload);
  counted_.emplace(CountedSource::Config{
      .algorithm = algorithm,
      .workers = static_cast<int>(sizes_.size()),
      .parameters = work_->parameters,
      .encodings = iterations.encodings(),
      .gradients_per_step = {},
      .next_size = [this](int client) { return sizes_[static_cast<std::size_t>(client)]; },
      .server_shards = server_shards});
}

const IterationWork& SyntheticAsynchronousSource::finish_iteration() {
  if (!is_open_) work_ = &iterations_.next();
  is_open_ = false;
  iterations_.finish();
  return *work_;
}

}  // namespace gradwire::training
