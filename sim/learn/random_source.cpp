#include "sim/learn/random_source.hpp"

#include "sim/core/random.hpp"
#include "sim/core/stream_names.hpp"

namespace gradwire::learn {

Initializer::Initializer(const RandomSource& draws) : seed_(draws.seed) {
  if (draws.as_pytorch) pytorch_.emplace(draws.seed);
}

void Initializer::uniform(std::size_t tensor, double bound, std::span<float> out) {
  if (pytorch_) {
    const auto high = static_cast<float>(bound);
    for (float& x : out) x = pytorch_->uniform(-high, high);
    return;
  }
  RandomStream random = stream(seed_, stream_names::weights, tensor);
  for (float& x : out) x = static_cast<float>(random.uniform(-bound, bound));
}

}  // namespace gradwire::learn
