#include "sim/scenario/settings/schema.hpp"

#include <cmath>

#include "sim/scenario/declarations.hpp"
#include "sim/scenario/scenario_json.hpp"
#include "sim/scenario/settings/quantity.hpp"

namespace gradwire::scenario {

namespace {

Json reference_to(const std::string& path) { return {{"$ref", "#/definitions/" + path}}; }

void add_range(Json& schema, const Range& range) {
  if (std::isfinite(range.above)) schema["exclusiveMinimum"] = range.above;
  if (std::isfinite(range.at_least)) schema["minimum"] = range.at_least;
  if (std::isfinite(range.below)) schema["exclusiveMaximum"] = range.below;
  if (std::isfinite(range.up_to)) schema["maximum"] = range.up_to;
}

Json choice_schema(const Type& type) {
  Json schema = {{"type", "string"}, {"enum", Json::array()}, {"enumDescriptions", Json::array()}};
  for (const Choice& choice : type.choices) {
    schema["enum"].push_back(choice.name);
    schema["enumDescriptions"].push_back(choice.help);
  }
  return schema;
}

Json quantity_schema(const Type& type) {
  Json number = {{"type", "number"}};
  add_range(number, type.range);
  const std::string pattern = "^[0-9]+([.][0-9]+)?(" + unit_pattern(type.kind) + ")$";
  return {{"anyOf", {number, {{"type", "string"}, {"pattern", pattern}}}}};
}

Json single_schema(const Type& type) {
  switch (type.kind) {
    case Kind::flag:
      return {{"type", "boolean"}};
    case Kind::text:
      return {{"type", "string"}};
    case Kind::choice:
      return choice_schema(type);
    case Kind::whole: {
      Json whole = {{"type", "integer"}, {"minimum", type.whole.from}, {"maximum", type.whole.to}};
      if (type.choices.empty()) return whole;
      return {{"anyOf", {whole, choice_schema(type)}}};
    }
    case Kind::number: {
      Json schema = {{"type", "number"}};
      add_range(schema, type.range);
      if (type.choices.empty()) return schema;
      return {{"anyOf", {schema, choice_schema(type)}}};
    }
    default:
      return quantity_schema(type);
  }
}

/// The members allowed in an object of the given variant; `variant` is empty for objects without
/// variants.
Json closed_object(const Declaration& declaration, std::string_view variant) {
  Json schema = {{"properties", Json::object()}, {"additionalProperties", false}};
  Json required = Json::array();
  for (const Declaration& member : declaration.members) {
    if (!member.setting.applies_to(variant)) continue;
    schema["properties"][std::string(member.setting.key)] = reference_to(member.path);
    if (member.setting.required) required.push_back(member.setting.key);
  }
  if (!required.empty()) schema["required"] = required;
  return schema;
}

/// One branch per value of the selecting setting, so that editors offer only what applies.
Json variant_branches(const Declaration& declaration, const Declaration& selector) {
  const std::string key(selector.setting.key);
  Json branches = Json::array();
  for (const Choice& choice : selector.setting.type.choices) {
    Json condition = {{"properties", {{key, {{"const", choice.name}}}}}};
    const bool is_default =
        selector.default_value == choice.name && selector.setting.inferred.empty();
    if (!is_default) condition["required"] = Json::array({key});
    branches.push_back({{"if", condition}, {"then", closed_object(declaration, choice.name)}});
  }
  if (!selector.setting.inferred.empty()) {
    Json any = Json::array({closed_object(declaration, selector.default_value.get<std::string>())});
    for (const InferredValue& inferred : selector.setting.inferred) {
      any.push_back(closed_object(declaration, inferred.value));
    }
    branches.push_back({{"if", {{"required", {key}}}}, {"else", {{"anyOf", std::move(any)}}}});
  }
  return branches;
}

/// Which of the variants of an object's member holds where its selecting key is left out, as
/// another member decides.
Json inferred_branches(const Declaration& declaration) {
  Json branches = Json::array();
  for (const Declaration& member : declaration.members) {
    if (member.members.empty()) continue;
    const Declaration& selector = member.members.front();
    if (selector.setting.inferred.empty()) continue;
    const std::string key(selector.setting.key);
    const auto if_left_out = [&](std::string_view variant) {
      const Json object = {{"if", {{"required", {key}}}}, {"else", closed_object(member, variant)}};
      return Json{{"properties", {{std::string(member.setting.key), object}}}};
    };
    Json cases = if_left_out(selector.default_value.get<std::string>());
    for (const InferredValue& inferred : selector.setting.inferred) {
      const std::string name(inferred.key);
      const Json has_one = {{"properties", {{name, {{"enum", inferred.of}}}}},
                            {"required", {name}}};
      const std::string other(inferred.object);
      cases = Json{{"if", {{"properties", {{other, has_one}}}, {"required", {other}}}},
                   {"then", if_left_out(inferred.value)},
                   {"else", std::move(cases)}};
    }
    branches.push_back(std::move(cases));
  }
  return branches;
}

Json object_schema(const Declaration& declaration) {
  Json schema = {{"type", "object"}};
  if (declaration.members.front().setting.selects) {
    const Declaration& selector = declaration.members.front();
    schema["properties"][std::string(selector.setting.key)] = reference_to(selector.path);
    schema["allOf"] = variant_branches(declaration, selector);
  } else {
    schema.update(closed_object(declaration, ""));
    if (Json branches = inferred_branches(declaration); !branches.empty()) {
      schema["allOf"] = std::move(branches);
    }
  }
  return schema;
}

Json or_null(Json schema) {
  if (schema.contains("type")) {
    schema["type"] = Json::array({schema["type"], "null"});
  } else {
    schema["anyOf"].push_back({{"type", "null"}});
  }
  return schema;
}

std::string description_of(const Setting& setting) {
  std::string text(setting.help);
  const std::string_view unit =
      setting.type.kind == Kind::whole ? setting.type.whole.unit : setting.type.range.unit;
  if (!unit.empty()) text += " (" + std::string(unit) + ")";
  return text;
}

/// An entry of the list that a recursive setting is declared in.
Json enclosing_item(const Declaration& declaration) {
  return reference_to(declaration.path.substr(0, declaration.path.rfind('.')) + "/items");
}

Json value_schema(const Declaration& declaration) {
  const Type& type = declaration.setting.type;
  if (type.recursive) return enclosing_item(declaration);
  return type.kind == Kind::object ? object_schema(declaration) : single_schema(type);
}

/// The object that may stand in place of a list.
Json draw_schema(const Type& type) {
  Json number = {{"type", "number"}};
  add_range(number, type.range);
  const std::string key(type.draw);
  return {{"type", "object"},
          {"properties", {{key, number}}},
          {"required", {key}},
          {"additionalProperties", false}};
}

Json schema_of(const Declaration& declaration) {
  const Type& type = declaration.setting.type;
  Json value = value_schema(declaration);
  if (type.nullable && !type.list) value = or_null(std::move(value));
  Json schema = {{"description", description_of(declaration.setting)}};
  if (!declaration.default_value.is_null() && !declaration.setting.required) {
    schema["default"] = declaration.default_value;
  }
  const Json list = {{"type", "array"}, {"maxItems", type.most_items}, {"items", value}};
  if (type.list && !type.draw.empty()) {
    schema["anyOf"] = {list, draw_schema(type)};
    if (type.nullable) schema["anyOf"].push_back({{"type", "null"}});
  } else if (type.list && type.one_or_list) {
    schema["anyOf"] = Json::array({value, list});
  } else if (type.list) {
    schema.update(list);
  } else {
    schema.update(value);
  }
  return schema;
}

void define(const Declaration& declaration, Json& definitions) {
  definitions[declaration.path.empty() ? "scenario" : declaration.path] = schema_of(declaration);
  for (const Declaration& member : declaration.members) define(member, definitions);
}

Json sweep_schema() {
  Json axes = Json::object();
  for (const std::string& path : known_paths()) {
    axes[path] = {{"description",
                   "Sweeps " + path + ": " + std::string(find_declaration(path)->setting.help)},
                  {"type", "array"},
                  {"minItems", 1},
                  {"items", reference_to(path)}};
  }
  return {{"description",
           "The axes, whose product is the set of runs. The lists of one axis go together."},
          {"type", "array"},
          {"items",
           {{"description", "An axis: dotted paths into base, each with its list of values."},
            {"type", "object"},
            {"minProperties", 1},
            {"properties", axes},
            {"additionalProperties", false}}}};
}

/// A base that replays: its source and the changed settings.
Json replay_schema() {
  const Json folder = {{"type", "string"}, {"minLength", 1}};
  Json properties = {
      {"replay",
       {{"description",
         "Results folders whose runs are replayed, not learned again; relative to this file."},
        {"anyOf", {folder, {{"type", "array"}, {"minItems", 1}, {"items", folder}}}}}}};
  for (const std::string_view key : replayable_settings) {
    properties[std::string(key)] = reference_to(std::string(key));
  }
  return {{"type", "object"}, {"properties", properties}, {"additionalProperties", false}};
}

/// Searches for crossovers of methods along an axis.
Json crossovers_schema() {
  Json lists = Json::object();
  for (const std::string& path : known_paths()) {
    const Kind kind = find_declaration(path)->setting.type.kind;
    const bool real = kind == Kind::number || kind == Kind::bandwidth || kind == Kind::time ||
                      kind == Kind::speed;
    if (!real || !is_replayable(path)) continue;
    lists[path] = {{"type", "array"}, {"minItems", 2}, {"items", reference_to(path)}};
  }
  Json names = Json::array();
  for (const auto& [path, list] : lists.items()) names.push_back(path);
  const Json share = {{"type", "number"}, {"minimum", 0}, {"exclusiveMaximum", 1}};
  return {{"description", "Find by replaying where, along an axis, methods change places."},
          {"type", "object"},
          {"properties",
           {{"over",
             {{"description",
               "A swept setting; or, where it is not swept, settings with their lists of values."},
              {"anyOf",
               {{{"enum", names}},
                {{"type", "object"},
                 {"minProperties", 1},
                 {"properties", lists},
                 {"additionalProperties", false}}}}}},
            {"margins",
             {{"description", "Shares of the other method's time that are to be saved."},
              {"type", "array"},
              {"items", share},
              {"default", {0, 0.1}}}},
            {"tolerance",
             {{"description", "To which share of itself a place is to be known."},
              {"type", "number"},
              {"minimum", 1e-4},
              {"maximum", 1},
              {"default", 0.01}}}}},
          {"required", {"over"}},
          {"additionalProperties", false}};
}

Json experiment_object() {
  const Json text = {{"type", "string"}};
  return {{"description", "An experiment: a base and what is swept."},
          {"properties",
           {{"$schema", text},
            {"name",
             {{"description", "Names the results folder."},
              {"type", "string"},
              {"pattern", "^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$"}}},
            {"description", {{"description", "What it is good for."}, {"type", "string"}}},
            {"base",
             {{"if", {{"type", "object"}, {"required", {"replay"}}}},
              {"then", reference_to("replay")},
              {"else", reference_to("scenario")}}},
            {"sweep", reference_to("sweep")},
            {"crossovers", reference_to("crossovers")},
            {"gradwire",
             {{"description",
               "Written by the program into a results folder's experiment.json: its version, what "
               "the command line changed, and the folder that relative paths begin in."},
              {"type", "object"}}}}},
          {"required", {"name"}},
          {"additionalProperties", false}};
}

}  // namespace

Json experiment_schema() {
  Json definitions = Json::object();
  define(scenario_declarations(), definitions);
  definitions["sweep"] = sweep_schema();
  definitions["replay"] = replay_schema();
  definitions["crossovers"] = crossovers_schema();
  const Json single = {{"required", {"algorithm"}}, {"not", {{"required", {"base"}}}}};
  return {{"$schema", "http://json-schema.org/draft-07/schema#"},
          {"title", "gradwire experiment"},
          {"description", "Written by `gradwire schema`."},
          {"type", "object"},
          {"if", single},
          {"then", reference_to("scenario")},
          {"else", experiment_object()},
          {"definitions", definitions}};
}

}  // namespace gradwire::scenario
