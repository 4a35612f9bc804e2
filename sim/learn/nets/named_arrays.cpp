#include "sim/learn/nets/named_arrays.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "sim/core/did_you_mean.hpp"
#include "sim/core/error.hpp"

namespace gradwire::learn {

Vector parameters_from(const std::map<std::string, NamedArray>& arrays, const Layout& layout,
                       const std::string& where) {
  Vector theta(layout.size());
  std::vector<std::string> names;
  for (const TensorSlot& slot : layout.tensors()) {
    names.push_back(slot.name);
    const auto found = arrays.find(slot.name);
    if (found == arrays.end()) {
      throw InputError(where,
                       fmt::format("has no array {}, expected one for each parameter", slot.name));
    }
    const NamedArray& array = found->second;
    if (array.shape != slot.shape) {
      throw InputError(where,
                       fmt::format("array {} is {}, expected {}", slot.name,
                                   fmt::join(array.shape, " x "), fmt::join(slot.shape, " x ")));
    }
    std::ranges::copy(array.values, theta.begin() + static_cast<std::ptrdiff_t>(slot.offset));
  }
  for (const auto& [name, array] : arrays) {
    if (std::ranges::find(names, name) != names.end()) continue;
    const std::string suggestion = did_you_mean(name, names);
    throw InputError(where,
                     fmt::format("array {} is no parameter of the model{}", name,
                                 suggestion.empty() ? "" : ", did you mean " + suggestion + "?"));
  }
  return theta;
}

}  // namespace gradwire::learn
