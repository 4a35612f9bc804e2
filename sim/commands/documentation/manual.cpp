#include "sim/commands/documentation/manual.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gradwire::commands {
namespace {

/// Text in which troff finds no requests of its own.
std::string plain(const std::string& text) {
  std::string result;
  bool at_line_begin = true;
  for (const char c : text) {
    if (at_line_begin && (c == '.' || c == '\'')) result += "\\&";
    at_line_begin = c == '\n';
    if (c == '\\') {
      result += "\\e";
    } else if (c == '-') {
      result += "\\-";
    } else {
      result += c;
    }
  }
  return result;
}

std::string upper(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

std::string full_name(const CommandText& command, const std::string& parent) {
  return parent.empty() ? command.name : parent + " " + command.name;
}

std::string with_dashes(std::string name) {
  std::ranges::replace(name, ' ', '-');
  return name;
}

std::string value_of(const OptionText& option) {
  return option.type.empty() ? "" : " \\fI" + plain(option.type) + "\\fR";
}

std::string argument_of(const OptionText& option) {
  std::string text = "\\fI" + plain(option.type.empty() ? option.names.front() : option.type) +
                     "\\fR" + (option.takes_many ? "..." : "");
  return option.is_required ? text : "[" + text + "]";
}

std::string synopsis(const CommandText& command, const std::string& name) {
  std::string text = ".SH SYNOPSIS\n.B " + plain(name) + "\n";
  if (!command.subcommands.empty()) return text + "\\fICOMMAND\\fR ...\n";
  text += "[\\fIOPTIONS\\fR]\n";
  for (const OptionText& option : command.options) {
    if (option.is_positional) text += argument_of(option) + "\n";
  }
  return text;
}

std::string options_section(const CommandText& command) {
  std::string text;
  for (const OptionText& option : command.options) {
    std::string names;
    for (const std::string& name : option.names) {
      names += (names.empty() ? "" : ", ") + ("\\fB" + plain(name) + "\\fR");
    }
    if (option.is_positional) names = argument_of(option);
    text += ".TP\n" + names + (option.is_positional ? "" : value_of(option)) + "\n" +
            plain(option.help) + (option.limits.empty() ? "" : " (" + plain(option.limits) + ")") +
            "\n";
  }
  return text.empty() ? "" : ".SH OPTIONS\n" + text;
}

std::string commands_section(const CommandText& command, const std::string& name) {
  std::string text;
  for (const CommandText& sub : command.subcommands) {
    text += fmt::format(".TP\n.BR {} (1)\n{}\n", plain(with_dashes(name + " " + sub.name)),
                        plain(sub.description));
  }
  return text.empty() ? "" : ".SH COMMANDS\n" + text;
}

/// The footer: paragraphs, one of which may be the exit status; the last is the example.
std::string footer_sections(const std::string& footer) {
  constexpr std::string_view example_mark = "Example:\n", status_mark = "Exit status: ";
  const std::size_t example = footer.find(example_mark), status = footer.find(status_mark);
  std::string text, statuses = "0 done, 1 a run failed, or another error.";
  std::string notes = footer.substr(0, example);
  if (status < example) {
    const std::size_t begin = status + status_mark.size(), end = notes.find('\n', begin);
    statuses = notes.substr(begin, end - begin);
    notes.erase(status, end - status);
  }
  if (const std::size_t begin = notes.find_first_not_of('\n'); begin != std::string::npos) {
    const std::size_t end = notes.find_last_not_of('\n') + 1;
    text += ".SH NOTES\n" + plain(notes.substr(begin, end - begin)) + "\n";
  }
  if (example != std::string::npos) {
    text += ".SH EXAMPLE\n.nf\n" + plain(footer.substr(example + example_mark.size())) + "\n.fi\n";
  }
  return text + ".SH EXIT STATUS\n" + plain(statuses) +
         "\n2 the input is wrong; nothing was written.\n";
}

constexpr const char* common_sections =
    ".SH ENVIRONMENT\n"
    ".TP\n\\fBGRADWIRE_DATA\\fR\nFolder of data sets.\n"
    ".SH FILES\n"
    "Experiments, their reference (README.md) and platforms are in\n"
    ".IR /usr/share/gradwire .\n";

}  // namespace

std::string manual_name(const CommandText& command, const std::string& parent) {
  return with_dashes(full_name(command, parent)) + ".1";
}

std::string manual_page(const CommandText& command, const std::string& parent,
                        const std::string& version) {
  const std::string name = full_name(command, parent);
  const std::string page = with_dashes(name);
  std::string text =
      fmt::format(".TH {} 1 \"\" \"gradwire {}\" \"gradwire\"\n", plain(upper(page)), version);
  text += fmt::format(".SH NAME\n{} \\- {}\n", plain(page), plain(command.description));
  text += synopsis(command, name) + ".SH DESCRIPTION\n" + plain(command.description) + ".\n";
  text += commands_section(command, name) + options_section(command) +
          footer_sections(command.footer) + common_sections;
  if (!parent.empty()) text += ".SH SEE ALSO\n.BR " + plain(with_dashes(parent)) + " (1)\n";
  return text;
}

}  // namespace gradwire::commands
