#include "sim/scenario/algorithm_settings.hpp"

#include <algorithm>
#include <list>
#include <string_view>
#include <vector>

#include "sim/algorithms/methods.hpp"

namespace gradwire::scenario {
namespace {

using algorithms::AlgorithmConfig;
using algorithms::Parameter;
using algorithms::ParameterValue;

constexpr std::string_view custom_names[] = {algorithms::custom_name};

const std::vector<Choice>& method_choices() {
  static const std::vector<Choice> choices = [] {
    std::vector<Choice> result;
    for (const algorithms::Method& row : algorithms::methods()) {
      result.push_back({row.name, row.summary});
    }
    result.push_back({algorithms::custom_name, "ingredients of your choice"});
    return result;
  }();
  return choices;
}

template <class Kind>
std::vector<Choice> choices_of(const std::vector<const Kind*>& kinds) {
  std::vector<Choice> choices;
  for (const Kind* kind : kinds) choices.push_back({kind->name, kind->summary});
  return choices;
}

bool has(const std::vector<Parameter>& parameters, const Parameter& parameter) {
  return std::ranges::find(parameters, parameter) != parameters.end();
}

/// A parameter, and the methods that have it.
struct Declared {
  Parameter parameter;
  std::vector<std::string_view> methods;
};

template <class Kind>
void declare(const std::vector<const Kind*>& kinds, std::vector<Declared>& all) {
  for (const Kind* kind : kinds) {
    for (const Parameter& parameter : kind->parameters) {
      if (std::ranges::find(all, parameter, &Declared::parameter) != all.end()) continue;
      Declared& declared = all.emplace_back(Declared{parameter, {}});
      for (const algorithms::Method& row : algorithms::methods()) {
        AlgorithmConfig config;
        config.name = row.name;
        if (has(algorithms::ingredients_of(config).parameters(), parameter)) {
          declared.methods.push_back(row.name);
        }
      }
      declared.methods.push_back(algorithms::custom_name);
    }
  }
}

/// All parameters, each once.
const std::vector<Declared>& parameters() {
  static const std::vector<Declared> declared = [] {
    std::vector<Declared> all;
    declare(algorithms::compressors(), all);
    declare(algorithms::send_rules(), all);
    declare(algorithms::memories(), all);
    declare(algorithms::server_steps(), all);
    return all;
  }();
  return declared;
}

Setting setting_of(const algorithms::NumberParameter& p) {
  return {.key = p.key, .help = p.help, .type = {.kind = Kind::number, .range = p.range}};
}
Setting setting_of(const algorithms::WholeParameter& p) {
  return {.key = p.key, .help = p.help, .type = {.kind = Kind::whole, .whole = p.range}};
}
Setting setting_of(const algorithms::FlagParameter& p) {
  return {.key = p.key, .help = p.help, .type = {.kind = Kind::flag}};
}
Setting setting_of(const algorithms::ChoiceParameter& p) {
  return {.key = p.key, .help = p.help, .type = {.kind = Kind::choice, .choices = p.choices}};
}
Setting setting_of(const algorithms::WholeOrChoiceParameter& p) {
  return {.key = p.key,
          .help = p.help,
          .type = {.kind = Kind::whole, .whole = p.range, .choices = p.choices}};
}

Json to_json(const ParameterValue& value) {
  return std::visit([](const auto& one) { return Json(one); }, value);
}

/// `json` has been checked against the parameter's type.
ParameterValue from_json(const Parameter& parameter, const Json& json) {
  if (json.is_string()) return json.get<std::string>();
  if (json.is_boolean()) return json.get<bool>();
  if (std::holds_alternative<const algorithms::NumberParameter*>(parameter)) {
    return json.get<double>();
  }
  return json.get<std::int64_t>();
}

std::string word_of(const AlgorithmConfig& c, const algorithms::ChoiceParameter& p) {
  const auto value = c.values.find(p.key);
  return std::get<std::string>(value != c.values.end() ? value->second
                                                       : algorithms::default_of(c, &p));
}

/// A parameter does not apply where another one's value leaves it without effect.
void exclude_without_effect(const AlgorithmConfig& c, const Parameter& parameter,
                            Setting& setting) {
  for (const algorithms::Condition& condition :
       algorithms::ingredients_of(c).compress->conditions) {
    if (condition.parameter != parameter || word_of(c, *condition.on) == condition.value) continue;
    setting.is_selected = false;
    setting.needs_key = condition.on->key;
    setting.needs_value = condition.value;
  }
}

void describe_ingredients(SettingVisitor& in, AlgorithmConfig& c) {
  static const auto sends = choices_of(algorithms::send_rules());
  static const auto compressors = choices_of(algorithms::compressors());
  static const auto memories = choices_of(algorithms::memories());
  static const auto server_steps = choices_of(algorithms::server_steps());
  in.only_for(custom_names, [&] {
    in.choice("send", c.send, sends, "when a worker sends");
    in.choice("compress", c.compress, compressors, "what it sends");
    in.choice("memory", c.memory, memories, "what becomes of the rest");
    in.choice("server_step", c.server_step, server_steps, "what the server does with the sum");
  });
}

}  // namespace

void describe(SettingVisitor& in, AlgorithmConfig& c) {
  in.variant("name", c.name, method_choices(), "which method");
  describe_ingredients(in, c);
  const std::vector<Parameter> applicable = algorithms::ingredients_of(c).parameters();
  for (const Declared& declared : parameters()) {
    const Parameter& parameter = declared.parameter;
    Setting setting = std::visit([](const auto* p) { return setting_of(*p); }, parameter);
    setting.only_for = declared.methods;
    setting.is_selected = c.name != algorithms::custom_name || has(applicable, parameter);
    exclude_without_effect(c, parameter, setting);
    const std::string key(setting.key);
    in.entry(setting, {[&c, parameter, key] {
                         const auto value = c.values.find(key);
                         return to_json(value != c.values.end()
                                            ? value->second
                                            : algorithms::default_of(c, parameter));
                       },
                       [&c, parameter, key](const Json& json) {
                         c.values.insert_or_assign(key, from_json(parameter, json));
                       }});
  }
  c.reduction = algorithms::reduction_of(c);
  in.choice("reduction", *c.reduction, algorithms::reduction_choices,
            "how the server joins contributions");
}

}  // namespace gradwire::scenario
