#include "sim/learn/initial_parameters.hpp"

#include <map>
#include <string>
#include <utility>
#include <variant>

#include "sim/learn/data/formats/npz.hpp"
#include "sim/learn/nets/named_arrays.hpp"

namespace gradwire::learn {
namespace {

NamedArray named(NumericArray array) {
  struct {
    Vector operator()(const std::vector<std::uint8_t>& bytes) const {
      return {bytes.begin(), bytes.end()};
    }
    Vector operator()(Vector& values) const { return std::move(values); }
  } values;
  return {.shape = std::move(array.shape), .values = std::visit(values, array.values)};
}

}  // namespace

Vector initial_parameters(const InitialConfig& initial, const Layout& layout,
                          const std::function<Vector()>& drawn) {
  if (initial.file.empty()) {
    return initial.kind == InitialParameters::zeros ? Vector(layout.size(), 0.0F) : drawn();
  }
  std::map<std::string, NamedArray> arrays;
  for (const std::string& name : npz_arrays(initial.file)) {
    arrays.emplace(name, named(read_npz_array(initial.file, name)));
  }
  return parameters_from(arrays, layout, initial.file);
}

}  // namespace gradwire::learn
