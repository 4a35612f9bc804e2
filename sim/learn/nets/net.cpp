#include "sim/learn/nets/net.hpp"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

namespace gradwire::learn {

Vector Net::initial_parameters(const RandomSource& draws) const {
  Vector theta(layout_.size());
  Initializer weights(draws);
  for (std::size_t i = 0; i < starts_.size(); ++i) {
    const TensorSlot& slot = layout_.tensors()[i];
    const auto tensor = std::span(theta).subspan(slot.offset, slot.size);
    if (starts_[i].bound > 0) {
      weights.uniform(i, starts_[i].bound, tensor);
    } else {
      std::ranges::fill(tensor, starts_[i].constant);
    }
  }
  return theta;
}

std::int64_t Net::drawn_parameters() const {
  std::int64_t drawn = 0;
  for (std::size_t i = 0; i < starts_.size(); ++i) {
    if (starts_[i].bound > 0) drawn += static_cast<std::int64_t>(layout_.tensors()[i].size);
  }
  return drawn;
}

std::size_t Net::add_weight(const std::string& name, std::vector<std::int64_t> shape,
                            std::int64_t fan_in) {
  layout_.add(name, std::move(shape));
  starts_.push_back({.bound = 1.0 / std::sqrt(static_cast<double>(fan_in))});
  return starts_.size() - 1;
}

std::size_t Net::add_constant(const std::string& name, std::vector<std::int64_t> shape,
                              float value) {
  layout_.add(name, std::move(shape));
  starts_.push_back({.constant = value});
  return starts_.size() - 1;
}

std::int64_t Net::add_norm(std::int64_t channels) {
  const std::size_t offset = initial_norms_.means.size();
  const std::size_t end = offset + static_cast<std::size_t>(channels);
  initial_norms_.means.resize(end, 0.0F);
  initial_norms_.variances.resize(end, 1.0F);
  return static_cast<std::int64_t>(offset);
}

}  // namespace gradwire::learn
