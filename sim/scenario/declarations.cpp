#include "sim/scenario/declarations.hpp"

#include "sim/scenario/settings.hpp"
#include "sim/scenario/settings/value.hpp"

namespace gradwire::scenario {

namespace {

class DeclarationCollector final : public SettingVisitor {
 public:
  explicit DeclarationCollector(std::string path) : prefix_(path.empty() ? "" : path + ".") {}
  std::vector<Declaration> found;

 private:
  void value(const Setting& setting, const ValueAccess& slot) override {
    found.push_back({setting, path_of(setting), written(slot.get(), setting.type), {}});
  }

  void nested(const Setting& setting, const ObjectAccess& children) override {
    if (setting.type.recursive) {
      found.push_back({setting, path_of(setting), nullptr, {}});
      return;
    }
    children.resize(1);  // so that there is an object to visit
    DeclarationCollector inner(path_of(setting));
    children.visit(inner, 0);
    found.push_back({setting, path_of(setting), nullptr, std::move(inner.found)});
  }

  [[nodiscard]] std::string path_of(const Setting& setting) const {
    return prefix_ + std::string(setting.key);
  }

  std::string prefix_;
};

Declaration collect() {
  Scenario defaults;
  DeclarationCollector collector("");
  describe(collector, defaults);
  const Setting root{
      .key = "", .help = "One run, or what all runs of a sweep have in common.", .type = {}};
  return {root, "", nullptr, std::move(collector.found)};
}

template <class Visit>
void each_path(const Declaration& declaration, const Visit& visit) {
  if (declaration.setting.type.list) return;
  for (const Declaration& member : declaration.members) {
    visit(member);
    each_path(member, visit);
  }
}

}  // namespace

const Declaration& scenario_declarations() {
  static const Declaration root = collect();
  return root;
}

const Declaration* find_declaration(std::string_view path) {
  const Declaration* result = nullptr;
  each_path(scenario_declarations(), [&](const Declaration& candidate) {
    if (candidate.path == path) result = &candidate;
  });
  return result;
}

const std::vector<std::string>& known_paths() {
  static const std::vector<std::string> paths = [] {
    std::vector<std::string> result;
    each_path(scenario_declarations(), [&](const Declaration& d) { result.push_back(d.path); });
    return result;
  }();
  return paths;
}

}  // namespace gradwire::scenario
