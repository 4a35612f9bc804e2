#include "sim/commands/documentation/completion.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <string_view>

namespace gradwire::commands {
namespace {

/// What completes the value of an option, or an argument.
enum class Completed { nothing, setting, folder, json, file };

Completed completed(const OptionText& option) {
  const std::string& type = option.type;
  if (type == "NAME=VALUE" || type == "AXIS=VALUE") return Completed::setting;
  if (type == "DIR") return Completed::folder;
  if (type.ends_with(".json")) return Completed::json;
  if (type == "RESULTS" || type.starts_with("FILE") || type.ends_with(".xml")) {
    return Completed::file;
  }
  return Completed::nothing;
}

using Visit = std::function<void(const CommandText&, const std::string& words)>;

/// Calls `visit` with each command and its words after "gradwire": "", "run", "data fetch".
void each_command(const CommandText& command, const std::string& words, const Visit& visit) {
  visit(command, words);
  for (const CommandText& sub : command.subcommands) {
    each_command(sub, words.empty() ? sub.name : words + " " + sub.name, visit);
  }
}

std::string joined(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, " "));
}

std::vector<std::string> names_of_options(const CommandText& command) {
  std::vector<std::string> names;
  for (const OptionText& option : command.options) {
    if (!option.is_positional) names.insert(names.end(), option.names.begin(), option.names.end());
  }
  return names;
}

std::string bash_action(Completed what) {
  switch (what) {
    case Completed::setting:
      return "_gradwire_settings";
    case Completed::folder:
      return "_gradwire_files -d";
    case Completed::json:
      return "_gradwire_files json";
    case Completed::file:
      return "_gradwire_files -f";
    case Completed::nothing:
      return ":";
  }
  return ":";
}

/// The case of one command: values of options, options, subcommands or arguments.
std::string bash_case(const CommandText& command, const std::string& words) {
  std::string text = fmt::format("    '{}')\n      case $previous in\n", words);
  for (const OptionText& option : command.options) {
    if (option.is_positional || option.type.empty()) continue;
    text += fmt::format("        {}) {}; return ;;\n", fmt::join(option.names, "|"),
                        bash_action(completed(option)));
  }
  text += fmt::format("      esac\n      options='{}'\n", joined(names_of_options(command)));
  std::vector<std::string> subs;
  for (const CommandText& sub : command.subcommands) subs.push_back(sub.name);
  text += fmt::format("      commands='{}'\n", joined(subs));
  std::string argument = ":";
  for (const OptionText& option : command.options) {
    if (option.is_positional && argument == ":") argument = bash_action(completed(option));
  }
  return text + fmt::format("      argument='{}' ;;\n", argument);
}

/// Text in single quotes of _arguments: without its special characters.
std::string zsh_text(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '\'') {
      result += "'\\''";
    } else if (std::string_view("[]:\\").find(c) != std::string_view::npos) {
      result += '\\';
      result += c;
    } else {
      result += c == '\n' ? ' ' : c;
    }
  }
  return result;
}

std::string zsh_action(Completed what) {
  switch (what) {
    case Completed::setting:
      return "_gradwire_settings";
    case Completed::folder:
      return "_files -/";
    case Completed::json:
      return "_files -g \"*.json\"";
    case Completed::file:
      return "_files";
    case Completed::nothing:
      return " ";
  }
  return " ";
}

std::string zsh_option(const OptionText& option) {
  const std::string value = option.type.empty() ? ""
                                                : fmt::format(":{}:{}", zsh_text(option.type),
                                                              zsh_action(completed(option)));
  if (option.is_positional) {
    return fmt::format("    '{}:{}:{}' \\\n", option.takes_many ? "*" : "", zsh_text(option.type),
                       zsh_action(completed(option)));
  }
  std::string text;
  for (const std::string& name : option.names) {
    text += fmt::format("    '*{}[{}]{}' \\\n", name, zsh_text(option.help), value);
  }
  return text;
}

std::string zsh_function(const CommandText& command, const std::string& words) {
  std::string name = "_gradwire" + (words.empty() ? "" : "_" + words);
  std::ranges::replace(name, ' ', '_');
  std::string text = name + "() {\n";
  if (command.subcommands.empty()) {
    text += "  _arguments -s \\\n";
    for (const OptionText& option : command.options) text += zsh_option(option);
    return text + "    && return 0\n}\n\n";
  }
  text += "  local state\n  local -a commands\n  commands=(\n";
  for (const CommandText& sub : command.subcommands) {
    text += fmt::format("    '{}:{}'\n", sub.name, zsh_text(sub.description));
  }
  text += "  )\n  _arguments -C \\\n";
  for (const OptionText& option : command.options) {
    if (!option.is_positional) text += zsh_option(option);
  }
  text += "    '1: :->command' '*:: :->arguments' && return 0\n  case $state in\n";
  text += "    command) _describe command commands ;;\n    arguments) case $words[1] in\n";
  for (const CommandText& sub : command.subcommands) {
    text += fmt::format("      {}) {}_{} ;;\n", sub.name, name, sub.name);
  }
  return text + "    esac ;;\n  esac\n}\n\n";
}

}  // namespace

std::string bash_completion(const CommandText& program, const std::vector<std::string>& settings) {
  std::string cases, pairs;
  each_command(program, "", [&](const CommandText& command, const std::string& words) {
    cases += bash_case(command, words);
    if (!words.empty()) pairs += "|" + words;
  });
  return fmt::format(
      R"(# bash completion of gradwire; written by its declarations of commands.

_gradwire_files() {{ # -d, -f or an ending
  local word
  case $1 in
    -*) mapfile -t COMPREPLY < <(compgen "$1" -- "$current") ;;
    *) mapfile -t COMPREPLY < <(compgen -d -- "$current"; compgen -f -X "!*.$1" -- "$current") ;;
  esac
  compopt -o filenames
}}

_gradwire_settings() {{
  mapfile -t COMPREPLY < <(compgen -S = -W '{settings}' -- "$current")
  compopt -o nospace
}}

_gradwire() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}}
  local words='' word options commands argument
  COMPREPLY=()
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    case '{pairs}|' in
      *"|${{words:+$words }}$word|"*) words=${{words:+$words }}$word ;;
    esac
  done
  case $words in
{cases}  esac
  case $current in
    -*) mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current") ;;
    *)
      if [ -n "$commands" ]; then
        mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$current")
      else
        $argument
      fi ;;
  esac
}}

complete -F _gradwire gradwire
)",
      fmt::arg("settings", joined(settings)), fmt::arg("pairs", pairs), fmt::arg("cases", cases));
}

std::string zsh_completion(const CommandText& program, const std::vector<std::string>& settings) {
  std::string functions;
  each_command(program, "", [&](const CommandText& command, const std::string& words) {
    functions += zsh_function(command, words);
  });
  return fmt::format(
      "#compdef gradwire\n# zsh completion of gradwire; written by its declarations of "
      "commands.\n\n"
      "_gradwire_settings() {{\n  local -a settings\n  settings=({})\n"
      "  compadd -S = -a settings\n}}\n\n{}_gradwire \"$@\"\n",
      joined(settings), functions);
}

}  // namespace gradwire::commands
