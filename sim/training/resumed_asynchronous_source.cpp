#include "sim/training/resumed_asynchronous_source.hpp"

#include <stdexcept>
#include <utility>

namespace gradwire::training {

ResumedAsynchronousSource::ResumedAsynchronousSource(const std::optional<std::string>& past,
                                                     const algorithms::AlgorithmConfig& algorithm,
                                                     int workers, AsynchronousTrainer& trainer)
    : trainer_(trainer) {
  if (!past) return;
  trace_ = std::make_unique<TraceReader>(*past, "checkpoint");
  if (trace_->header().iterations == 0) return;
  sizes_.resize(static_cast<std::size_t>(workers));
  position_.resize(sizes_.size(), 0);
  read_log(*past);
  std::vector<double> gradients;
  for (int m = 0; m < workers; ++m) gradients.push_back(trainer.gradients_per_step(m));
  counted_.emplace(
      CountedSource::Config{.algorithm = algorithm,
                            .workers = workers,
                            .parameters = trainer.parameters(),
                            .encodings = trainer.encodings(),
                            .gradients_per_step = std::move(gradients),
                            .next_size =
                                [this](int client) {
                                  PushSizes next = next_size(client);
                                  slices_ = std::move(next.slices);
                                  return next.whole;
                                },
                            .server_shards = trainer.server_shards(),
                            .next_slices = [this](int /*client*/) { return slices_; }});
}

void ResumedAsynchronousSource::read_log(const std::string& past) {
  TraceReader log(past, "checkpoint");
  while (!log.at_end()) {
    const std::vector<EdgeMessage>& edges = log.next().exchanges.front().edges;
    const std::size_t slices = trainer_.recorded_slices();
    for (std::size_t i = 0; i < edges.size(); ++i) {
      if (edges[i].sent.representation == Representation::nothing) continue;  // it was lost
      PushSizes push{.whole = edges[i].sent, .slices = {}};
      const std::int32_t client = edges[i].from;
      for (std::size_t s = 0; s < slices; ++s) push.slices.push_back(edges.at(++i).sent);
      add(client, push);
    }
  }
  for (std::size_t m = 0; m < sizes_.size(); ++m) {
    for (const PushSizes& size : trainer_.pending(static_cast<int>(m))) {
      add(static_cast<std::int32_t>(m), size);
    }
  }
}

void ResumedAsynchronousSource::add(std::int32_t client, const PushSizes& size) {
  std::vector<Sizes>& of_client = sizes_.at(static_cast<std::size_t>(client));
  if (of_client.empty() || of_client.back().size != size) of_client.push_back({size, 0});
  ++of_client.back().count;
}

ResumedAsynchronousSource::PushSizes ResumedAsynchronousSource::next_size(int client) {
  std::vector<Sizes>& of_client = sizes_[static_cast<std::size_t>(client)];
  std::size_t& position = position_[static_cast<std::size_t>(client)];
  if (position == of_client.size()) {
    throw std::logic_error("the resumed run sends more than its log has");
  }
  PushSizes size = of_client[position].size;
  if (--of_client[position].count == 0) ++position;
  return size;
}

const IterationWork& ResumedAsynchronousSource::finish_iteration() {
  replaying_ = counted_.has_value();
  work_ = replaying_ ? &trace_->next() : &trainer_.finish_iteration();
  if (replaying_ && trace_->at_end()) counted_.reset();
  return *work_;
}

}  // namespace gradwire::training
