#include "sim/scenario/settings/reference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "sim/scenario/declarations.hpp"

namespace gradwire::scenario {

namespace {

std::string choices_of(const Type& type) {
  std::vector<std::string> lines;
  for (const Choice& choice : type.choices) {
    lines.push_back(fmt::format("`{}`: {}", choice.name, choice.help));
  }
  return fmt::format("{}", fmt::join(lines, "<br>"));
}

std::string with(std::string_view text, const std::string& range, std::string_view unit) {
  std::string result(text);
  if (!range.empty()) result += " " + range;
  if (!unit.empty()) result += fmt::format(", {}", unit);
  return result;
}

std::string single_value(const Type& type) {
  switch (type.kind) {
    case Kind::flag:
      return "`true` or `false`";
    case Kind::text:
      return "text";
    case Kind::choice:
      return choices_of(type);
    case Kind::whole: {
      const std::string whole = with("whole number", text_of(type.whole), type.whole.unit);
      return type.choices.empty() ? whole : whole + "<br>" + choices_of(type);
    }
    case Kind::number: {
      const std::string number = with("number", text_of(type.range), type.range.unit);
      return type.choices.empty() ? number : number + "<br>" + choices_of(type);
    }
    case Kind::bandwidth:
      return with("bandwidth", text_of(type.range), type.range.unit);
    case Kind::time:
      return with("time", text_of(type.range), type.range.unit);
    case Kind::speed:
      return with("speed", text_of(type.range), type.range.unit);
    case Kind::object:
      return "object, see below";
  }
  return "";
}

std::string values_of(const Type& type) {
  std::string text = type.recursive ? "object like this one" : single_value(type);
  if (type.list) {
    const std::string list = fmt::format("list of at most {}: {}", type.most_items, text);
    text = type.one_or_list ? fmt::format("{}, or {}", text, list) : list;
  }
  if (!type.draw.empty()) {
    text += fmt::format(", or `{{\"{}\": number {}}}`", type.draw, text_of(type.range));
  }
  if (type.nullable) text += ", or `null`";
  return text;
}

std::string default_of(const Declaration& declaration) {
  if (declaration.setting.required) return "(required)";
  if (declaration.setting.type.list && declaration.default_value.is_null()) return "`[]`";
  if (declaration.default_value.is_null()) {
    return declaration.setting.type.nullable ? "none" : "as below";
  }
  return "`" + declaration.default_value.dump() + "`";
}

std::string meaning_of(const Setting& setting) {
  std::string text(setting.help);
  // An unescaped | ends the cell.
  for (std::size_t i = 0; (i = text.find('|', i)) != std::string::npos; i += 2)
    text.insert(i, "\\");
  if (setting.only_for.empty()) return text;
  return fmt::format("{} (only `{}`)", text, fmt::join(setting.only_for, "`, `"));
}

void write_table(const Declaration& declaration, std::string& out) {
  const std::string title = declaration.path.empty() ? "Top level" : "`" + declaration.path + "`";
  out += fmt::format("### {}\n\n{}\n\n", title, meaning_of(declaration.setting));
  out += "| setting | values | default | meaning |\n|---|---|---|---|\n";
  for (const Declaration& member : declaration.members) {
    out +=
        fmt::format("| `{}` | {} | {} | {} |\n", member.setting.key, values_of(member.setting.type),
                    default_of(member), meaning_of(member.setting));
  }
  out += "\n";
  for (const Declaration& member : declaration.members) {
    if (!member.members.empty()) write_table(member, out);
  }
}

}  // namespace

std::string settings_reference() {
  std::string text;
  write_table(scenario_declarations(), text);
  text.pop_back();  // the last empty line
  return text;
}

}  // namespace gradwire::scenario
