#include "sim/learn/mlp/worker_groups.hpp"

#include <algorithm>
#include <iterator>

namespace gradwire::learn {
namespace {

/// The worker numbers of a group span less than this, so that its buffers are released soon.
constexpr int max_span = 20;

}  // namespace

int workers_per_group(std::size_t batch_size) {
  return static_cast<int>(std::clamp<std::size_t>(50 / batch_size, 1, 5));
}

Rows WorkerGroup::join(std::span<const std::uint32_t> samples) {
  const Rows rows{samples_.size(), samples.size()};
  samples_.insert(samples_.end(), samples.begin(), samples.end());
  batch_size_ = samples.size();
  ++active_;
  return rows;
}

bool WorkerGroup::try_prepare() {
  State expected = State::idle;
  if (!state_.compare_exchange_strong(expected, State::running)) return false;
  try {
    prepare();
  } catch (...) {
    state_ = State::idle;
    state_.notify_all();
    throw;
  }
  state_ = State::done;
  state_.notify_all();
  return true;
}

void WorkerGroup::leave() {
  if (--active_ > 0) return;
  inputs_.reset();
  pass_.reset();
}

void WorkerGroup::prepare() {
  inputs_ = shared_.inputs.lease();
  pass_ = shared_.passes.lease();
  inputs_->resize(samples_.size() * shared_.net.inputs());
  labels_.resize(samples_.size());
  shared_.data.train.gather(samples_, *inputs_, labels_);
  const std::span<const float> inputs = *inputs_;
  const std::span<const Label> labels = labels_;
  const auto pass_through = [&](const auto& weights) {
    shared_.net.forward(weights, inputs, labels, *pass_);
    shared_.net.backward(weights, labels, batch_size_, *pass_);
  };
  if (use_ == ModelUse::once && !theta_->kept()) {
    pass_through(theta_->parameters());
  } else {
    pass_through(*shared_.packed.of(theta_));
  }
  shared_.forwarded += static_cast<std::int64_t>(samples_.size());
}

GroupRows WorkerGroups::join(int worker, const Model& theta,
                             std::span<const std::uint32_t> samples) {
  const int together = workers_per_group(samples.size());
  std::erase_if(open_, [&](const Open& open) {
    return open.group->workers() >= together || worker >= open.first_worker + max_span;
  });
  const auto fits = [&](const Open& open) {
    return open.group->theta() == theta && open.group->batch_size() == samples.size();
  };
  auto found = std::ranges::find_if(open_, fits);
  if (found == open_.end()) {
    groups_.push_back(std::make_unique<WorkerGroup>(*shared_, theta, use_));
    open_.push_back({groups_.back().get(), worker});
    found = std::prev(open_.end());
  }
  return {found->group, found->group->join(samples)};
}

const WorkerGroup& WorkerGroups::prepared(WorkerGroup& wanted) {
  while (!wanted.ready() && !wanted.try_prepare()) {
    const bool helped =
        std::ranges::any_of(groups_, [](auto& other) { return other->try_prepare(); });
    if (!helped) wanted.wait();
  }
  return wanted;
}

}  // namespace gradwire::learn
