#include "sim/scenario/settings/json_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "sim/core/did_you_mean.hpp"
#include "sim/scenario/settings/value.hpp"

namespace gradwire::scenario {

namespace {

class KeyCollector final : public SettingVisitor {
 public:
  std::vector<std::string> keys;
  std::vector<Setting> values;  ///< those of the keys that are not objects
  std::string variant;          ///< value of the selecting setting before anything is read

 private:
  void value(const Setting& setting, const ValueAccess& slot) override {
    keys.emplace_back(setting.key);
    values.push_back(setting);
    if (setting.selects) variant = slot.get().get<std::string>();
  }
  void nested(const Setting& setting, const ObjectAccess&) override {
    keys.emplace_back(setting.key);
  }
};

/// The object that was probably meant by a value in place of an object: {"initial": 0.01} for 0.01.
/// Empty if no setting of the object accepts the value.
std::string object_meant(const Json& json, const KeyCollector& declared) {
  if (json.is_null() || json.is_structured()) return "";
  for (const Setting& setting : declared.values) {
    const bool is_choice = setting.type.kind == Kind::choice;
    const bool applies =
        setting.only_for.empty() || (is_choice && setting.applies_to(declared.variant));
    if (applies && setting.type.kind != Kind::text && is_valid(json, setting.type)) {
      return fmt::format("{{\"{}\": {}}}", setting.key, json.dump());
    }
    if (!setting.selects || !json.is_string()) continue;
    std::vector<std::string> names;
    for (const Choice& choice : setting.type.choices) names.emplace_back(choice.name);
    const std::string suggestion = did_you_mean(json.get_ref<const std::string&>(), names);
    if (!suggestion.empty()) return fmt::format("{{\"{}\": \"{}\"}}", setting.key, suggestion);
  }
  return "";
}

class JsonReader final : public SettingVisitor {
 public:
  JsonReader(const Json& object, const JsonLocation& place) : object_(object), place_(place) {}

 private:
  void value(const Setting& setting, const ValueAccess& slot) override {
    if (const Json* json = find(setting)) {
      slot.set(checked(*json, setting.type, place_ / setting.key));
    }
    if (setting.selects) variant_ = slot.get().get<std::string>();
  }

  void nested(const Setting& setting, const ObjectAccess& children) override {
    const Json* json = find(setting);
    if (json == nullptr) return;
    const JsonLocation place = place_ / setting.key;
    if (setting.type.list) return read_list(*json, setting, children, place);
    if (setting.type.nullable && json->is_null()) return children.resize(0);
    children.resize(1);
    read_object(*json, place, [&](SettingVisitor& in) { children.visit(in, 0); });
  }

  static void read_list(const Json& json, const Setting& setting, const ObjectAccess& children,
                        const JsonLocation& place) {
    if (!json.is_array()) place.fail("must be a list, got " + shown(json));
    if (json.size() > setting.type.most_items) {
      place.fail(fmt::format("must have at most {} entries, got {}", setting.type.most_items,
                             json.size()));
    }
    children.resize(json.size());
    for (std::size_t i = 0; i < json.size(); ++i) {
      read_object(json[i], place / i, [&](SettingVisitor& in) { children.visit(in, i); });
    }
  }

  /// The setting's value, or null. Throws InputError if it is required and missing, or present and
  /// not applicable.
  const Json* find(const Setting& setting) const {
    const auto found = object_.find(std::string(setting.key));
    const bool applies = setting.applies_to(variant_);
    if (found == object_.end()) {
      if (setting.required && applies) place_.fail(fmt::format("{} is missing", setting.key));
      return nullptr;
    }
    if (!setting.is_selected && !setting.needs_key.empty()) {
      (place_ / setting.key)
          .fail(fmt::format("{} goes with {} {} only", setting.key, setting.needs_key,
                            setting.needs_value));
    }
    if (!setting.is_selected) {
      (place_ / setting.key)
          .fail(fmt::format("{} does not belong to any ingredient of this {}", setting.key,
                            variant_));
    }
    if (!applies) {
      (place_ / setting.key)
          .fail(fmt::format("{} does not apply to {}; it belongs to {}", setting.key, variant_,
                            fmt::join(setting.only_for, ", ")));
    }
    return &*found;
  }

  const Json& object_;
  const JsonLocation& place_;
  std::string variant_;  ///< value of the selecting setting
};

}  // namespace

std::string unknown_key(std::string_view key, std::span<const std::string> known) {
  const std::string suggestion = did_you_mean(key, known);
  if (!suggestion.empty()) return "unknown key, did you mean " + suggestion + "?";
  return fmt::format("unknown key; known are {}", fmt::join(known, ", "));
}

void read_object(const Json& json, const JsonLocation& place,
                 const std::function<void(SettingVisitor&)>& declare) {
  KeyCollector declared;
  declare(declared);
  if (!json.is_object()) {
    const bool whole_file = place.pointer().empty();
    const std::string suggestion = whole_file ? "" : object_meant(json, declared);
    place.fail("must be an object, got " + shown(json) +
               (suggestion.empty() ? "" : "; did you mean " + suggestion + "?"));
  }
  for (const auto& [key, value] : json.items()) {
    const bool known = std::ranges::find(declared.keys, key) != declared.keys.end();
    if (!known) (place / key).fail(unknown_key(key, declared.keys));
  }
  JsonReader reader(json, place);
  declare(reader);
}

}  // namespace gradwire::scenario
