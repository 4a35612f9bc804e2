#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "sim/core/choice_names.hpp"
#include "sim/core/units.hpp"
#include "sim/network/config.hpp"
#include "sim/scenario/json/json.hpp"
#include "sim/scenario/settings/setting.hpp"

namespace gradwire::scenario {

class SettingVisitor;

/// Access to the C++ value of a setting, as JSON that has been checked: numbers in base units, null
/// for none.
struct ValueAccess {
  std::function<Json()> get;
  std::function<void(const Json&)> set;
};

/// Access to the structs of an object (exactly one), an optional object (none or one) or a list of
/// objects.
struct ObjectAccess {
  std::function<std::size_t()> count;
  std::function<void(std::size_t)> resize;
  std::function<void(SettingVisitor&, std::size_t)> visit;  ///< declares the members of one struct
};

template <class T>
Json pack(const T& value);
template <class T>
void unpack(const Json& json, T& value);

/// Visitor to which the settings are declared (settings.hpp). Readers, writers and collectors
/// derive from it and receive each setting of a struct, in order.
class SettingVisitor {
 public:
  virtual ~SettingVisitor() = default;

  /// A value of an enumeration. Static storage: `choices`, in the order of Enum.
  template <class Enum>
  requires std::is_enum_v<Enum>
  void choice(std::string_view key, Enum& value, std::span<const Choice> choices, HelpText help) {
    named({.key = key, .help = help, .type = {.kind = Kind::choice, .choices = choices}}, value);
  }
  /// The same, or none.
  template <class Enum>
  requires std::is_enum_v<Enum>
  void choice(std::string_view key, std::optional<Enum>& value, std::span<const Choice> choices,
              HelpText help) {
    Setting setting{.key = key,
                    .help = help,
                    .type = {.kind = Kind::choice, .choices = choices, .nullable = true},
                    .only_for = only_for_};
    this->value(setting,
                {[&value, choices] { return value ? Json(name_of(*value, choices)) : Json(); },
                 [&value, choices](const Json& json) {
                   value.reset();
                   if (!json.is_null()) {
                     value = value_named<Enum>(json.get<std::string>(), choices);
                   }
                 }});
  }
  /// A name from a list.
  void choice(std::string_view key, std::string& value, std::span<const Choice> choices,
              HelpText help) {
    leaf({.key = key, .help = help, .type = {.kind = Kind::choice, .choices = choices}}, value);
  }
  /// A value of an enumeration that selects which other keys apply; the first setting of its
  /// struct. The caller sets `value` to what is inferred.
  template <class Enum>
  requires std::is_enum_v<Enum>
  void variant(std::string_view key, Enum& value, std::span<const Choice> choices, HelpText help,
               std::span<const InferredValue> inferred = {}) {
    const Type type{.kind = Kind::choice, .choices = choices};
    named({.key = key, .help = help, .type = type, .selects = true, .inferred = inferred}, value);
  }
  /// The same for a name from a list.
  void variant(std::string_view key, std::string& value, std::span<const Choice> choices,
               HelpText help) {
    const Type type{.kind = Kind::choice, .choices = choices};
    leaf({.key = key, .help = help, .type = type, .selects = true}, value);
  }
  /// Settings declared by `declare` apply to these variants only.
  template <class Declare>
  void only_for(std::span<const std::string_view> variants, Declare declare) {
    only_for_ = variants;
    declare();
    only_for_ = {};
  }
  template <class T>
  void flag(std::string_view key, T& value, HelpText help) {
    leaf({.key = key, .help = help, .type = {.kind = Kind::flag}}, value);
  }
  void text(std::string_view key, std::string& value, HelpText help,
            Presence presence = Presence::has_default) {
    const bool required = presence == Presence::required;
    leaf({.key = key, .help = help, .type = {.kind = Kind::text}, .required = required}, value);
  }
  void texts(std::string_view key, std::vector<std::string>& value, std::size_t most, HelpText help,
             Presence presence = Presence::has_default) {
    const Type type{.kind = Kind::text, .list = true, .most_items = most};
    const bool required = presence == Presence::required;
    leaf({.key = key, .help = help, .type = type, .required = required}, value);
  }
  /// A text, or a list of them.
  void text_or_texts(std::string_view key, std::vector<std::string>& value, std::size_t most,
                     HelpText help, Presence presence = Presence::has_default) {
    const Type type{.kind = Kind::text, .list = true, .most_items = most, .one_or_list = true};
    const bool required = presence == Presence::required;
    leaf({.key = key, .help = help, .type = type, .required = required}, value);
  }
  template <class T>
  void whole(std::string_view key, T& value, WholeRange range, HelpText help,
             Presence presence = Presence::has_default) {
    const bool required = presence == Presence::required;
    const Type type{.kind = Kind::whole, .whole = range};
    leaf({.key = key, .help = help, .type = type, .required = required}, value);
  }
  void wholes(std::string_view key, std::vector<std::int64_t>& value, WholeRange range,
              std::size_t most, HelpText help) {
    const Type type{.kind = Kind::whole, .whole = range, .list = true, .most_items = most};
    leaf({.key = key, .help = help, .type = type}, value);
  }
  template <class T>
  void number(std::string_view key, T& value, Range range, HelpText help,
              Presence presence = Presence::has_default) {
    const bool required = presence == Presence::required;
    const Type type{.kind = Kind::number, .range = range};
    leaf({.key = key, .help = help, .type = type, .required = required}, value);
  }
  void numbers(std::string_view key, std::vector<double>& value, Range range, std::size_t most,
               HelpText help) {
    const Type type{.kind = Kind::number, .range = range, .list = true, .most_items = most};
    leaf({.key = key, .help = help, .type = type}, value);
  }
  /// "1Gbps", or bytes per second.
  template <class T>
  void bandwidth(std::string_view key, T& value, HelpText help) {
    constexpr Range range{.at_least = network::least_bandwidth.value,
                          .up_to = network::most_bandwidth.value,
                          .unit = "bytes per second"};
    leaf({.key = key, .help = help, .type = {.kind = Kind::bandwidth, .range = range}}, value);
  }
  /// "50us", or seconds.
  template <class T>
  void time(std::string_view key, T& value, HelpText help) {
    constexpr Range range{.at_least = 0, .up_to = network::most_latency.value, .unit = "seconds"};
    leaf({.key = key, .help = help, .type = {.kind = Kind::time, .range = range}}, value);
  }
  /// "1Gf", or flops per second.
  template <class T>
  void speed(std::string_view key, T& value, HelpText help) {
    constexpr Range range{.at_least = network::least_speed.value,
                          .up_to = network::most_speed.value,
                          .unit = "flops per second"};
    leaf({.key = key, .help = help, .type = {.kind = Kind::speed, .range = range}}, value);
  }
  /// A value that is not a member of a struct.
  void entry(const Setting& setting, const ValueAccess& access) { value(setting, access); }
  /// A struct with its own describe().
  template <class T>
  void object(std::string_view key, T& value, HelpText help);
  /// An optional struct with its own describe().
  template <class T>
  void object(std::string_view key, std::optional<T>& value, HelpText help);
  template <class T>
  void objects(std::string_view key, std::vector<T>& value, std::size_t most, HelpText help);
  /// The same for a list in T's own describe().
  template <class T>
  void recursive_objects(std::string_view key, std::vector<T>& value, std::size_t most,
                         HelpText help);

 protected:
  virtual void value(const Setting& setting, const ValueAccess& slot) = 0;
  virtual void nested(const Setting& setting, const ObjectAccess& children) = 0;

 private:
  template <class T>
  void list(Setting setting, std::vector<T>& held);
  template <class T>
  void leaf(Setting setting, T& held) {
    setting.only_for = only_for_;
    setting.type.nullable = requires { held.has_value(); };
    value(setting, {[&held] { return pack(held); }, [&held](const Json& j) { unpack(j, held); }});
  }

  /// A value whose name stands in JSON.
  template <class Enum>
  void named(Setting setting, Enum& held) {
    setting.only_for = only_for_;
    const std::span<const Choice> choices = setting.type.choices;
    value(setting, {[&held, choices] { return Json(name_of(held, choices)); },
                    [&held, choices](const Json& json) {
                      held = value_named<Enum>(json.get<std::string>(), choices);
                    }});
  }

  std::span<const std::string_view> only_for_;
};

}  // namespace gradwire::scenario

#include "sim/scenario/settings/setting_visitor_templates.hpp"
