#pragma once

// Definitions of the templates in setting_visitor.hpp, which includes this file.

#include "sim/scenario/settings/setting_visitor.hpp"

namespace gradwire::scenario {

template <class T>
Json pack(const T& value) {
  if constexpr (requires { value.has_value(); }) {
    return value ? pack(*value) : Json(nullptr);
  } else if constexpr (requires { value.value; }) {
    return Json(value.value);
  } else {
    return Json(value);
  }
}

template <class T>
void unpack(const Json& json, T& value) {
  if constexpr (requires { value.has_value(); }) {
    value.reset();
    if (!json.is_null()) unpack(json, value.emplace());
  } else if constexpr (requires { value.value; }) {
    json.get_to(value.value);
  } else {
    json.get_to(value);
  }
}

template <class T>
void SettingVisitor::object(std::string_view key, T& held, HelpText help) {
  nested({.key = key, .help = help, .only_for = only_for_},
         {[] { return std::size_t{1}; }, [](std::size_t) {},
          [&held](SettingVisitor& in, std::size_t) { describe(in, held); }});
}

template <class T>
void SettingVisitor::object(std::string_view key, std::optional<T>& held, HelpText help) {
  const auto resize = [&held](std::size_t count) {
    held.reset();
    if (count > 0) held.emplace();
  };
  nested({.key = key, .help = help, .type = {.nullable = true}, .only_for = only_for_},
         {[&held] { return std::size_t{held ? 1U : 0U}; }, resize,
          [&held](SettingVisitor& in, std::size_t) { describe(in, *held); }});
}

template <class T>
void SettingVisitor::objects(std::string_view key, std::vector<T>& held, std::size_t most,
                             HelpText help) {
  list({.key = key, .help = help, .type = {.list = true, .most_items = most}}, held);
}

template <class T>
void SettingVisitor::recursive_objects(std::string_view key, std::vector<T>& held, std::size_t most,
                                       HelpText help) {
  const Type type{.list = true, .most_items = most, .recursive = true};
  list({.key = key, .help = help, .type = type}, held);
}

template <class T>
void SettingVisitor::list(Setting setting, std::vector<T>& held) {
  setting.only_for = only_for_;
  nested(setting, {[&held] { return held.size(); }, [&held](std::size_t n) { held.assign(n, T{}); },
                   [&held](SettingVisitor& in, std::size_t i) { describe(in, held[i]); }});
}

}  // namespace gradwire::scenario
