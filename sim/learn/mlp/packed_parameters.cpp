#include "sim/learn/mlp/packed_parameters.hpp"

namespace gradwire::learn {

std::shared_ptr<const PackedWeights<float>> PackedParameterCache::of(const Model& theta) {
  const auto entry = packed_entry_of(theta);
  return {entry, entry->weights.get()};
}

std::shared_ptr<const PackedParameters> PackedParameterCache::kept(const Model& theta) {
  return packed_entry_of(theta);
}

std::shared_ptr<PackedParameterCache::Entry> PackedParameterCache::packed_entry_of(
    const Model& theta) {
  auto entry = entry_of(theta);
  std::call_once(entry->packed, [&] {
    entry->weights = buffers_.lease();
    if (theta->kept()) {
      net_.pack<float>(theta->plain(), *entry->weights);
    } else {
      net_.pack<float>(theta->parameters(), *entry->weights);
    }
  });
  return entry;
}

std::shared_ptr<PackedParameterCache::Entry> PackedParameterCache::entry_of(const Model& theta) {
  const std::lock_guard lock(mutex_);
  Version& version = versions_[theta.get()];
  if (version.theta.lock() == theta) return version.entry;
  version = {theta, std::make_shared<Entry>(theta->size())};
  const auto entry = version.entry;
  // At every insertion if there are few, so that their memory is reused; not for each of M own
  // models.
  constexpr std::size_t share = 16;
  if (++insertions_ * share >= versions_.size()) {
    std::erase_if(versions_, [](const auto& one) { return one.second.theta.expired(); });
    insertions_ = 0;
  }
  return entry;
}

}  // namespace gradwire::learn
