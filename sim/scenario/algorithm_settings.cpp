#include "sim/scenario/algorithm_settings.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "sim/algorithms/methods.hpp"

namespace gradwire::scenario {
namespace {

using algorithms::AlgorithmConfig;
using algorithms::key_of;
using algorithms::Parameter;
using algorithms::ParameterValue;

constexpr std::string_view custom_names[] = {algorithms::custom_name};

AlgorithmConfig row_named(std::string_view name) {
  AlgorithmConfig config;
  config.name = name;
  return config;
}

/// The names of the rows that leave the choice of the compressor, and custom.
const std::vector<std::string_view>& compressor_choosers() {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> all{algorithms::custom_name};
    for (const algorithms::Method& row : algorithms::methods()) {
      if (algorithms::chooses_compressor(row_named(row.name))) all.push_back(row.name);
    }
    return all;
  }();
  return names;
}

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

/// The same of the memory.
const std::vector<std::string_view>& memory_choosers() {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> all{algorithms::custom_name};
    for (const algorithms::Method& row : algorithms::methods()) {
      if (algorithms::chooses_memory(row_named(row.name))) all.push_back(row.name);
    }
    return all;
  }();
  return names;
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

/// A key, and the methods that have it. Ingredients that never go together may give one key
/// different choices: then it has several parameters, each of one ingredient.
struct Declared {
  std::vector<Parameter> parameters;
  std::vector<std::string_view> methods;
  std::vector<Choice> choices;  ///< of several parameters together
  std::string help;             ///< of several parameters together

  [[nodiscard]] std::string_view key() const { return key_of(parameters.front()); }
};

bool is_of_compressors(const Parameter& parameter) {
  return std::ranges::any_of(algorithms::compressors(), [&](const auto* kind) {
    return std::ranges::find(kind->parameters, parameter) != kind->parameters.end();
  });
}

bool is_of_memories(const Parameter& parameter) {
  return std::ranges::any_of(algorithms::memories(), [&](const auto* kind) {
    return std::ranges::find(kind->parameters, parameter) != kind->parameters.end();
  });
}

std::vector<std::string_view> methods_with(const Parameter& parameter) {
  std::vector<std::string_view> names;
  const bool is_chosen = is_of_compressors(parameter);
  const bool is_of_memory = is_of_memories(parameter);
  for (const algorithms::Method& row : algorithms::methods()) {
    const AlgorithmConfig config = row_named(row.name);
    if (has(algorithms::ingredients_of(config).parameters(), parameter) ||
        (is_chosen && algorithms::chooses_compressor(config)) ||
        (is_of_memory && algorithms::chooses_memory(config))) {
      names.push_back(row.name);
    }
  }
  return names;
}

/// Appends what one parameter of an ingredient has to a key with several.
void merge(const Parameter& parameter, std::string_view ingredient, Declared& declared) {
  const auto* one = std::get<const algorithms::ChoiceParameter*>(parameter);
  declared.help += declared.help.empty() ? "" : "; ";
  declared.help += std::string(ingredient) + ": " + std::string(one->help) + ", default " +
                   std::string(one->default_value);
  for (const Choice& choice : one->choices) {
    const auto same = std::ranges::find(declared.choices, choice.name, &Choice::name);
    if (same == declared.choices.end()) declared.choices.push_back(choice);
  }
}

template <class Kind>
void declare(const std::vector<const Kind*>& kinds, std::vector<Declared>& all) {
  for (const Kind* kind : kinds) {
    for (const Parameter& parameter : kind->parameters) {
      auto found = std::ranges::find(all, key_of(parameter), &Declared::key);
      if (found == all.end()) {
        found = all.insert(all.end(), {.parameters = {}, .methods = {}, .choices = {}, .help = {}});
      } else if (has(found->parameters, parameter)) {
        continue;
      } else {  // stands where its last ingredient declares it, as it did before there were two
        std::rotate(found, found + 1, all.end());
        found = all.end() - 1;
      }
      found->parameters.push_back(parameter);
      const auto names = methods_with(parameter);
      found->methods.insert(found->methods.end(), names.begin(), names.end());
      if (std::holds_alternative<const algorithms::ChoiceParameter*>(parameter)) {
        merge(parameter, kind->name, *found);
      }
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
    declare(algorithms::updates(), all);
    declare(algorithms::gossip_kinds(), all);
    declare(algorithms::asynchronous_kinds(), all);
    for (Declared& one : all) one.methods.push_back(algorithms::custom_name);
    for (const Parameter& parameter : algorithms::common_parameters()) {
      all.push_back({.parameters = {parameter}, .methods = {}, .choices = {}, .help = {}});
    }
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
    in.entry({.key = "compress",
              .help = "what it sends",
              .type = {.kind = Kind::choice, .choices = compressors},
              .only_for = compressor_choosers()},
             {[&c] { return Json(algorithms::ingredients_of(c).compress->name); },
              [&c](const Json& json) { c.compress = json.get<std::string>(); }});
    in.entry({.key = "memory",
              .help = "what becomes of the rest",
              .type = {.kind = Kind::choice, .choices = memories},
              .only_for = memory_choosers()},
             {[&c] { return Json(c.memory); },
              [&c](const Json& json) { c.memory = json.get<std::string>(); }});
    in.choice("server_step", c.server_step, server_steps, "what the server does with the sum");
  });
}

}  // namespace

void describe(SettingVisitor& in, AlgorithmConfig& c) {
  in.variant("name", c.name, method_choices(), "which method");
  describe_ingredients(in, c);
  const std::vector<Parameter> applicable = algorithms::ingredients_of(c).parameters();
  for (const Declared& declared : parameters()) {
    const auto own = std::ranges::find_if(declared.parameters, [&](const Parameter& parameter) {
      return has(applicable, parameter);
    });
    const bool applies = own != declared.parameters.end();
    const Parameter& parameter = applies ? *own : declared.parameters.front();
    Setting setting = std::visit([](const auto* p) { return setting_of(*p); }, parameter);
    if (declared.parameters.size() > 1 && !applies) {
      setting.help = declared.help;
      setting.type.choices = declared.choices;
    }
    setting.only_for = declared.methods;
    const bool is_common = declared.methods.empty();
    const bool is_optional = algorithms::chooses_compressor(c) ||
                             (is_common && algorithms::is_decentralised(c)) ||
                             algorithms::is_asynchronous(c);
    setting.is_selected = applies || !is_optional;
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
  // The default depends on the method, whose name may be read after this call.
  in.entry(
      {.key = "reduction",
       .help = "how the server joins contributions",
       .type = {.kind = Kind::choice, .choices = algorithms::reduction_choices},
       .is_selected = !algorithms::is_decentralised(c) && !algorithms::is_asynchronous(c)},
      {[&c] { return Json(name_of(algorithms::reduction_of(c), algorithms::reduction_choices)); },
       [&c](const Json& json) {
         c.reduction = value_named<algorithms::Reduction>(json.get<std::string>(),
                                                          algorithms::reduction_choices);
       }});
}

}  // namespace gradwire::scenario
