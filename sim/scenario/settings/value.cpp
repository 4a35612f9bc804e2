#include "sim/scenario/settings/value.hpp"

#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "sim/core/did_you_mean.hpp"
#include "sim/core/error.hpp"
#include "sim/scenario/settings/quantity.hpp"

namespace gradwire::scenario {

namespace {

constexpr std::size_t longest_shown = 60;
constexpr double two_to_53 = 9007199254740992.0;
constexpr double two_to_63 = 9223372036854775808.0;

[[noreturn]] void refuse(const Json& json, const std::string& expected, const JsonLocation& place) {
  place.fail(fmt::format("must be {}, got {}", expected, shown(json)));
}

Json checked_choice(const Json& json, const Type& type, const JsonLocation& place) {
  std::vector<std::string> names;
  for (const Choice& choice : type.choices) names.emplace_back(choice.name);
  if (json.is_string()) {
    for (const std::string& name : names) {
      if (name == json.get_ref<const std::string&>()) return json;
    }
  }
  std::string message = names.size() == 1
                            ? "must be " + names.front()
                            : fmt::format("must be one of {}", fmt::join(names, ", "));
  message += ", got " + shown(json);
  const std::string suggestion =
      json.is_string() ? did_you_mean(json.get_ref<const std::string&>(), names) : "";
  if (!suggestion.empty()) message += "; did you mean " + suggestion + "?";
  place.fail(message);
}

/// One of the words that are valid in place of a number.
Json checked_word(const Json& json, const Type& type, const std::string& number,
                  const JsonLocation& place) {
  std::vector<std::string> words;
  for (const Choice& choice : type.choices) {
    if (json.is_string() && json.get_ref<const std::string&>() == choice.name) return json;
    words.emplace_back(choice.name);
  }
  refuse(json, fmt::format("{}, or {}", fmt::join(words, ", "), number), place);
}

Json checked_whole(const Json& json, const Type& type, const JsonLocation& place) {
  if (!type.choices.empty() && !json.is_number()) {
    return checked_word(json, type, "a whole number " + text_of(type.whole), place);
  }
  const bool whole = json.is_number() && std::floor(json.get<double>()) == json.get<double>();
  if (!whole) refuse(json, "a whole number", place);
  const bool fits = json.is_number_unsigned()  ? json.get<std::uint64_t>() <= INT64_MAX
                    : json.is_number_integer() ? true
                                               : std::abs(json.get<double>()) < two_to_63;
  if (!fits) refuse(json, text_of(type.whole), place);
  const auto number = json.get<std::int64_t>();
  if (number < type.whole.from || number > type.whole.to) refuse(json, text_of(type.whole), place);
  return number;
}

Json checked_real(const Json& json, double number, const Type& type, const JsonLocation& place) {
  if (!contains(type.range, number)) {
    const bool quantity = type.kind != Kind::number;
    refuse(
        json,
        quantity ? fmt::format("{} {}", text_of(type.range), type.range.unit) : text_of(type.range),
        place);
  }
  if (std::fpclassify(number) == FP_SUBNORMAL) refuse(json, "0 or at least 2.3e-308", place);
  return number + 0.0;  // no negative zero
}

Json checked_number(const Json& json, const Type& type, const JsonLocation& place) {
  if (!type.choices.empty() && !json.is_number()) {
    return checked_word(json, type, "a number " + text_of(type.range), place);
  }
  if (!json.is_number()) refuse(json, "a number", place);
  return checked_real(json, json.get<double>(), type, place);
}

Json checked_quantity(const Json& json, const Type& type, const JsonLocation& place) {
  if (json.is_number()) return checked_real(json, json.get<double>(), type, place);
  const std::string text = json.is_string() ? json.get<std::string>() : "";
  const ParsedQuantity parsed = parse_quantity(type.kind, text);
  if (!parsed.problem.empty()) place.fail(fmt::format("{}, got {}", parsed.problem, shown(json)));
  return checked_real(json, parsed.value, type, place);
}

Json checked_text(const Json& json, const JsonLocation& place) {
  if (!json.is_string()) refuse(json, "a string", place);
  return json;
}

/// {"dirichlet": 0.5} in place of a list.
Json checked_draw(const Json& json, const Type& type, const JsonLocation& place) {
  const std::string key(type.draw);
  if (json.size() != 1 || !json.contains(key)) {
    refuse(json, fmt::format("a list, or an object with the key {} alone", key), place);
  }
  return {
      {key, checked_number(json[key], {.kind = Kind::number, .range = type.range}, place / key)}};
}

Json checked_list(const Json& json, Type type, const JsonLocation& place) {
  if (!type.draw.empty() && json.is_object()) return checked_draw(json, type, place);
  const std::size_t most_items = type.most_items;
  type.list = false;
  if (type.one_or_list && !json.is_array()) return Json::array({checked(json, type, place)});
  if (!json.is_array()) {
    const bool one_entry = !json.is_object() && is_valid(json, type);
    place.fail("must be a list, got " + shown(json) +
               (one_entry ? "; did you mean [" + json.dump() + "]?" : ""));
  }
  if (json.size() > most_items) {
    place.fail(fmt::format("must have at most {} entries, got {}", most_items, json.size()));
  }
  Json result = Json::array();
  for (std::size_t i = 0; i < json.size(); ++i) {
    result.push_back(checked(json[i], type, place / i));
  }
  return result;
}

}  // namespace

Json checked(const Json& json, const Type& type, const JsonLocation& place) {
  if (type.nullable && json.is_null()) return json;
  if (type.list) return checked_list(json, type, place);
  switch (type.kind) {
    case Kind::flag:
      if (!json.is_boolean()) refuse(json, "true or false", place);
      return json;
    case Kind::text:
      return checked_text(json, place);
    case Kind::choice:
      return checked_choice(json, type, place);
    case Kind::whole:
      return checked_whole(json, type, place);
    case Kind::number:
      return checked_number(json, type, place);
    case Kind::bandwidth:
    case Kind::time:
    case Kind::speed:
      return checked_quantity(json, type, place);
    case Kind::object:
      break;
  }
  throw std::logic_error("an object is not a single value");
}

bool is_valid(const Json& json, const Type& type) {
  static const SourceMap nowhere{.file = "", .moved = {}};
  try {
    static_cast<void>(checked(json, type, JsonLocation(nowhere)));
    return true;
  } catch (const InputError&) {
    return false;
  }
}

Json written(const Json& value, const Type& type) {
  if (value.is_null() || type.list) return value;
  if (type.kind == Kind::bandwidth || type.kind == Kind::time || type.kind == Kind::speed) {
    return format_quantity(type.kind, value.get<double>());
  }
  if (value.is_number_float()) {
    const auto number = value.get<double>();
    const bool whole = std::floor(number) == number && std::abs(number) < two_to_53;
    if (whole) return static_cast<std::int64_t>(number);
  }
  return value;
}

std::string shown(const Json& json) {
  return shortened(json.dump(-1, ' ', false, Json::error_handler_t::replace), longest_shown);
}

std::string shortened(const std::string& text, std::size_t longest) {
  if (text.size() <= longest) return text;
  std::size_t end = longest;
  while ((static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end) + "...";
}

}  // namespace gradwire::scenario
