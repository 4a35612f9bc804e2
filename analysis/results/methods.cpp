#include "analysis/results/methods.hpp"

#include <algorithm>

#include "analysis/results/assets.hpp"
#include "analysis/results/json.hpp"

namespace gradwire::analysis {

const std::vector<MethodName>& methods() {
  static const std::vector<MethodName> list = [] {
    std::vector<MethodName> result;
    const Json all = Json::parse(results_assets::columns_json());
    for (const Json& method : all.at("methods")) {
      result.push_back({.name = method.at("name").get<std::string>(),
                        .label = method.at("label").get<std::string>()});
    }
    return result;
  }();
  return list;
}

std::size_t rank_of_method(std::string_view name) {
  return static_cast<std::size_t>(std::ranges::find(methods(), name, &MethodName::name) -
                                  methods().begin());
}

std::string display_name(std::string_view name) {
  const std::size_t rank = rank_of_method(name);
  return rank < methods().size() ? methods()[rank].label : std::string(name);
}

}  // namespace gradwire::analysis
