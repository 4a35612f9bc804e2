#include "sim/experiment/json_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "sim/core/nearest.hpp"
#include "sim/experiment/value.hpp"

namespace gradwire::experiment {

namespace {

class KeyCollector final : public Fields {
 public:
  std::vector<std::string> keys;
  std::vector<Setting> values;  ///< of those, what is no object

 private:
  void value(const Setting& setting, const Slot&) override {
    keys.emplace_back(setting.key);
    values.push_back(setting);
  }
  void nested(const Setting& setting, const Children&) override { keys.emplace_back(setting.key); }
};

/// What stands where an object must, put into the object that was meant: {"initial": 0.01} for
/// 0.01. Empty where no setting of the object would take it.
std::string object_meant(const Json& json, const std::vector<Setting>& settings) {
  if (json.is_null() || json.is_structured()) return "";
  for (const Setting& setting : settings) {
    const bool always_applies = setting.only_for.empty() && setting.type.kind != Kind::text;
    if (always_applies && is_valid(json, setting.type)) {
      return fmt::format("{{\"{}\": {}}}", setting.key, json.dump());
    }
    if (!setting.selects || !json.is_string()) continue;
    std::vector<std::string> names;
    for (const Choice& choice : setting.type.choices) names.emplace_back(choice.name);
    const std::string meant = nearest(json.get_ref<const std::string&>(), names);
    if (!meant.empty()) return fmt::format("{{\"{}\": \"{}\"}}", setting.key, meant);
  }
  return "";
}

class JsonReader final : public Fields {
 public:
  JsonReader(const Json& object, const Place& place) : object_(object), place_(place) {}

 private:
  void value(const Setting& setting, const Slot& slot) override {
    if (const Json* json = find(setting)) {
      slot.set(checked(*json, setting.type, place_ / setting.key));
    }
    if (setting.selects) variant_ = slot.get().get<std::string>();
  }

  void nested(const Setting& setting, const Children& children) override {
    const Json* json = find(setting);
    if (json == nullptr) return;
    const Place place = place_ / setting.key;
    if (setting.type.list) return read_list(*json, setting, children, place);
    if (setting.type.nullable && json->is_null()) return children.resize(0);
    children.resize(1);
    read_object(*json, place, [&](Fields& in) { children.visit(in, 0); });
  }

  static void read_list(const Json& json, const Setting& setting, const Children& children,
                        const Place& place) {
    if (!json.is_array()) place.fail("must be a list, got " + shown(json));
    if (json.size() > setting.type.most_items) {
      place.fail(fmt::format("must have at most {} entries, got {}", setting.type.most_items,
                             json.size()));
    }
    children.resize(json.size());
    for (std::size_t i = 0; i < json.size(); ++i) {
      read_object(json[i], place / i, [&](Fields& in) { children.visit(in, i); });
    }
  }

  /// The setting's value, if there is one; it must be there only if the setting applies.
  const Json* find(const Setting& setting) const {
    const auto found = object_.find(std::string(setting.key));
    const bool applies = setting.applies_to(variant_);
    if (found == object_.end()) {
      if (setting.required && applies) place_.fail(fmt::format("{} is missing", setting.key));
      return nullptr;
    }
    if (!applies) {
      (place_ / setting.key)
          .fail(fmt::format("{} does not apply to {}; it belongs to {}", setting.key, variant_,
                            fmt::join(setting.only_for, ", ")));
    }
    return &*found;
  }

  const Json& object_;
  const Place& place_;
  std::string variant_;  ///< value of the setting that selects
};

}  // namespace

std::string unknown_key(std::string_view key, std::span<const std::string> known) {
  const std::string meant = nearest(key, known);
  if (!meant.empty()) return "unknown key, did you mean " + meant + "?";
  return fmt::format("unknown key; known are {}", fmt::join(known, ", "));
}

void read_object(const Json& json, const Place& place,
                 const std::function<void(Fields&)>& declare) {
  KeyCollector declared;
  declare(declared);
  if (!json.is_object()) {
    const bool whole_file = place.pointer().empty();
    const std::string meant = whole_file ? "" : object_meant(json, declared.values);
    place.fail("must be an object, got " + shown(json) +
               (meant.empty() ? "" : "; did you mean " + meant + "?"));
  }
  for (const auto& [key, value] : json.items()) {
    const bool known = std::ranges::find(declared.keys, key) != declared.keys.end();
    if (!known) (place / key).fail(unknown_key(key, declared.keys));
  }
  JsonReader reader(json, place);
  declare(reader);
}

}  // namespace gradwire::experiment
