#include "sim/algorithms/compressors/buckets.hpp"

#include <algorithm>
#include <string>
#include <variant>

namespace gradwire::algorithms {

std::vector<Block> buckets(const AlgorithmConfig& config, const Layout& layout) {
  const ParameterValue bucket = config.get(bucket_parameter);
  std::vector<Block> result;
  const auto add = [&result](std::size_t offset, std::size_t size) {
    if (size > 0) result.push_back({.offset = offset, .size = size, .kept = size});
  };
  if (const auto* entries = std::get_if<std::int64_t>(&bucket)) {
    const auto size = static_cast<std::size_t>(*entries);
    for (std::size_t begin = 0; begin < layout.size(); begin += size) {
      add(begin, std::min(size, layout.size() - begin));
    }
  } else if (std::get<std::string>(bucket) == "model") {
    add(0, layout.size());
  } else {
    for (const TensorSlot& tensor : layout.tensors()) add(tensor.offset, tensor.size);
  }
  return result;
}

std::vector<Block> kept_buckets(const std::vector<Block>& blocks) {
  std::vector<Block> result;
  std::size_t begin = 0;
  for (const Block& block : blocks) {
    result.push_back({.offset = begin, .size = block.kept, .kept = block.kept});
    begin += block.kept;
  }
  return result;
}

std::vector<std::uint32_t> ends_of(const std::vector<Block>& buckets) {
  std::vector<std::uint32_t> ends;
  for (const Block& bucket : buckets) {
    ends.push_back(static_cast<std::uint32_t>(bucket.offset + bucket.size));
  }
  return ends;
}

}  // namespace gradwire::algorithms
